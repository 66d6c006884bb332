//! Who asks, and how far their right reaches.

use access::{Covers, Permission, Reach, Subject};
use ids::{AccountId, EventId, UserId};
use rpc::OnBehalf;
use store::replay::Attempt;

/// Which resources of the account somebody may deal with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// All of them.
    Everything,
    /// To change: one's own. To read: one's own, and what leads to it, which are the numbers,
    /// queues and groups that ring one.
    Of(UserId),
    /// To change: one's own. To read: that, and what one supervises, with its people and the
    /// numbers that lead to it.
    Covering(UserId, Covers),
    /// None.
    Nothing,
}

impl Sight {
    /// As far as a right reaches for `subject`.
    #[must_use]
    pub fn new(reach: &Reach, subject: Subject) -> Self {
        match (reach, subject) {
            (Reach::Account | Reach::Platform, _) => Self::Everything,
            (Reach::Groups(covers), Subject::User(person)) => {
                Self::Covering(person, covers.clone())
            }
            (Reach::Own, Subject::User(person)) => Self::Of(person),
            _ => Self::Nothing,
        }
    }
}

/// Somebody who reads.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The tenant.
    pub account: AccountId,
    /// What they see.
    pub sight: Sight,
}

/// Where a change comes from, for the audit trail.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Who, as the trail names them; empty for the mesh itself.
    pub actor: String,
    /// Truncated; empty for internal callers.
    pub network: String,
    /// The event that entails the change; none if somebody asks for it.
    pub cause: Option<EventId>,
}

/// Who wants to change something, in which request.
#[derive(Debug, Clone)]
pub struct Intent {
    /// The tenant.
    pub account: AccountId,
    /// The right that the change takes.
    pub permission: Permission,
    /// What they may change with it.
    pub sight: Sight,
    /// For the audit trail.
    pub origin: Origin,
    /// Recognises the request when it is repeated.
    pub attempt: Attempt,
    /// The caller's own right, to ask identity with.
    pub on_behalf: OnBehalf,
}

/// Whoever splits people: identity is asked with their own right.
#[derive(Debug, Clone)]
pub struct Splitter {
    /// The tenant.
    pub account: AccountId,
    /// Whether the account is theirs.
    pub owner: bool,
    /// The caller's own right.
    pub on_behalf: OnBehalf,
}
