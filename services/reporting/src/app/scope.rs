//! Whose calls and numbers a caller may see.

use std::collections::BTreeSet;

use access::{Caller, Permission, Reach, Subject};
use ids::{AccountId, UserId};
use sea_orm::ConnectionTrait;

use crate::{error::Error, store::person};

/// Whose calls and numbers a caller may see. Applied in the query: what is outside looks as if it
/// did not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everybody's in the account.
    Account,
    /// These people's.
    People(BTreeSet<UserId>),
}

impl Scope {
    /// What the permission gives this caller. A supervisor sees the people in their groups, as
    /// they are now, and themselves.
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
        Ok(match caller.reach(permission) {
            Reach::Account => Self::Account,
            Reach::Groups(groups) => {
                let people = person::in_groups(db, account, &groups).await?;
                Self::People(people.into_iter().chain(own).collect())
            }
            Reach::Own => Self::People(own.into_iter().collect()),
            // A key of the platform is of no account, so it never comes this far.
            Reach::None | Reach::Platform => Self::People(BTreeSet::new()),
        })
    }

    /// Of the people asked for (nobody named means all), those in the scope.
    #[must_use]
    pub fn narrow(&self, asked: Vec<UserId>) -> Option<Vec<UserId>> {
        match self {
            Self::Account if asked.is_empty() => None,
            Self::Account => Some(asked),
            Self::People(people) if asked.is_empty() => Some(people.iter().copied().collect()),
            Self::People(people) => Some(
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
        let own = Scope::People(BTreeSet::from([me]));
        assert_eq!(own.narrow(vec![]), Some(vec![me]));
        assert_eq!(own.narrow(vec![other]), Some(vec![]));
        assert_eq!(own.narrow(vec![other, me]), Some(vec![me]));
        assert_eq!(Scope::People(BTreeSet::new()).narrow(vec![]), Some(vec![]));
        assert_eq!(Scope::Account.narrow(vec![]), None);
        assert_eq!(Scope::Account.narrow(vec![other]), Some(vec![other]));
    }
}
