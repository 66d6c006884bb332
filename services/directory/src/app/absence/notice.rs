use std::str::FromStr;

use api::access::v1::ChangeEvent;
use ids::UserId;
use live::event::Envelope;
use prost::Message as _;

use crate::domain::target::Place;

const KIND: &str = "strowger.access.v1.ChangeEvent";

/// What identity says that directory acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice {
    /// A person is not to be reached for a while.
    Suspended(UserId, Heir),
    /// A person is back.
    Resumed(UserId),
    /// A person has left.
    Left(UserId, Heir),
    /// The company takes no calls.
    AccountSuspended,
    /// The company takes calls again.
    AccountResumed,
}

/// What takes a person's numbers over.
pub(super) type Heir = Option<Place>;

impl Notice {
    /// What an event says, if it is for directory.
    pub(super) fn read(event: &Envelope) -> Option<Self> {
        let by_identity = event.subject.starts_with("usr_") || event.subject.starts_with("acc_");
        if event.kind != KIND || !by_identity {
            return None;
        }
        let change = ChangeEvent::decode(event.body.clone()).ok()?;
        let person = || parsed(&change.subject_id);
        Some(match change.action.as_str() {
            "user.suspended" => Self::Suspended(person()?, heir(&change)),
            "user.resumed" => Self::Resumed(person()?),
            "user.deactivated" => Self::Left(person()?, heir(&change)),
            "account.suspended" => Self::AccountSuspended,
            "account.resumed" => Self::AccountResumed,
            _ => return None,
        })
    }
}

fn heir(change: &ChangeEvent) -> Heir {
    let named = change
        .changes
        .iter()
        .find(|field| field.field == "hand_over_to")?;
    parsed(&named.after)
}

/// Identity writes ids; what is none is for the log, and must not keep the rest from happening.
fn parsed<T: FromStr>(text: &str) -> Option<T> {
    let id = text.parse().ok();
    if id.is_none() {
        tracing::error!(text, "identity named something that is not there");
    }
    id
}
