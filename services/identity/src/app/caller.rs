//! Who asks, and whether they still may.

use ::store::Transaction;
use access::{Permission, roles::Span};
use ids::{AccountId, SessionId, SplitId, UserId};

use crate::{
    domain::{account::AccountState, grant::Roles, user::UserState},
    error::Error,
    store,
};

/// Where a request comes from, for the audit trail.
#[derive(Debug, Clone)]
pub struct Origin {
    /// `usr_…` or `key_…`; empty for nobody known.
    pub actor: String,
    /// Truncated; empty for internal callers.
    pub network: String,
    /// The split of a shared identity that this is part of.
    pub part_of: Option<SplitId>,
}

impl Origin {
    /// Nobody asked: the mesh itself acts.
    #[must_use]
    pub fn system() -> Self {
        Self {
            actor: String::new(),
            network: String::new(),
            part_of: None,
        }
    }
}

/// A signed-in person who asks for something in their account.
#[derive(Debug, Clone)]
pub struct Person {
    /// The tenant.
    pub account: AccountId,
    /// Who.
    pub user: UserId,
    /// The session they use.
    pub session: Option<SessionId>,
    /// For the audit trail.
    pub origin: Origin,
}

impl Person {
    /// Their roles as they stand now, if these still include `permission` for the whole account.
    ///
    /// A token may be five minutes old. That is good enough to read with, but whoever lost a
    /// role must not use the last minutes to hand it on.
    pub async fn acting(&self, tx: &Transaction, permission: Permission) -> Result<Roles, Error> {
        let user = store::user::find(tx, self.account, self.user).await?;
        let company = store::account::find(tx, self.account).await?;
        let active = user.is_some_and(|user| user.state == UserState::Active)
            && company.is_some_and(|company| company.state == AccountState::Active);
        if !active {
            return Err(Error::CallerGone);
        }
        let roles = store::grant::roles(tx, self.account, self.user).await?;
        match roles.span(permission) {
            Some(Span::Account) => Ok(roles),
            _ => Err(Error::PermissionMissing(permission)),
        }
    }
}
