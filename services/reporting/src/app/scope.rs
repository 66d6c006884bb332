//! Whose calls and numbers a caller may see.

use std::collections::BTreeSet;

use access::{Caller, Covers, Permission, Reach, Subject};
use ids::{AccountId, QueueId, UserId};
use sea_orm::ConnectionTrait;

use crate::{error::Error, store::person};

/// Whose calls and numbers a caller may see. Applied in the query: what is outside looks as if it
/// did not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everybody's in the account.
    Account,
    /// These people's, and whatever was with these queues, ring groups and menus.
    Part {
        /// Who.
        people: BTreeSet<UserId>,
        /// What.
        covers: Covers,
    },
}

impl Scope {
    /// What the permission gives this caller. A supervisor sees the queues and ring groups
    /// that they cover, the people in those as they are now, and themselves.
    pub async fn of(
        db: &impl ConnectionTrait,
        account: AccountId,
        caller: &Caller,
        permission: Permission,
    ) -> Result<Self, Error> {
        let own = match caller.subject {
            Subject::User(user) => Some(user),
            Subject::Service(_) | Subject::Edge(_) => None,
        };
        let own: BTreeSet<UserId> = own.into_iter().collect();
        Ok(match caller.reach(permission) {
            Reach::Account => Self::Account,
            Reach::Groups(covers) => {
                let mut people = person::covered(db, account, &covers).await?;
                people.extend(own);
                Self::Part { people, covers }
            }
            Reach::Own => Self::people(own),
            // A key of the platform is of no account, so it never comes this far.
            Reach::None | Reach::Platform => Self::people(BTreeSet::new()),
        })
    }

    /// These people's, and no queue's.
    #[must_use]
    pub fn people(people: BTreeSet<UserId>) -> Self {
        let covers = Covers::default();
        Self::Part { people, covers }
    }

    /// Of the queues asked for (none named means all), those in the scope; `None` is all there
    /// are.
    #[must_use]
    pub fn narrow_queues(&self, asked: Vec<QueueId>) -> Option<Vec<QueueId>> {
        match self {
            Self::Account if asked.is_empty() => None,
            Self::Account => Some(asked),
            Self::Part { covers, .. } if asked.is_empty() => Some(covers.queues().collect()),
            Self::Part { covers, .. } => Some(
                asked
                    .into_iter()
                    .filter(|queue| covers.has(*queue))
                    .collect(),
            ),
        }
    }

    /// Of the people asked for (nobody named means all), those in the scope.
    #[must_use]
    pub fn narrow(&self, asked: Vec<UserId>) -> Option<Vec<UserId>> {
        match self {
            Self::Account if asked.is_empty() => None,
            Self::Account => Some(asked),
            Self::Part { people, .. } if asked.is_empty() => Some(people.iter().copied().collect()),
            Self::Part { people, .. } => Some(
                asked
                    .into_iter()
                    .filter(|person| people.contains(person))
                    .collect(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_named_never_widens_a_scope() {
        let (me, other) = (UserId::generate(), UserId::generate());
        let own = Scope::people(BTreeSet::from([me]));
        assert_eq!(own.narrow(vec![]), Some(vec![me]));
        assert_eq!(own.narrow(vec![other]), Some(vec![]));
        assert_eq!(own.narrow(vec![other, me]), Some(vec![me]));
        assert_eq!(Scope::people(BTreeSet::new()).narrow(vec![]), Some(vec![]));
        assert_eq!(Scope::Account.narrow(vec![]), None);
        assert_eq!(Scope::Account.narrow(vec![other]), Some(vec![other]));
    }

    #[test]
    fn a_queue_is_nobodys_own() {
        let (mine, other) = (QueueId::generate(), QueueId::generate());
        let own = Scope::people(BTreeSet::from([UserId::generate()]));
        assert_eq!(own.narrow_queues(vec![]), Some(vec![]));
        assert_eq!(own.narrow_queues(vec![other]), Some(vec![]));
        let part = Scope::Part {
            people: BTreeSet::new(),
            covers: Covers::from_iter([mine.into()]),
        };
        assert_eq!(part.narrow_queues(vec![]), Some(vec![mine]));
        assert_eq!(part.narrow_queues(vec![other, mine]), Some(vec![mine]));
        assert_eq!(Scope::Account.narrow_queues(vec![]), None);
    }
}
