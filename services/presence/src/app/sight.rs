//! Whom somebody may see.

use std::collections::BTreeSet;

use access::Covers;
use ids::{AccountId, UserId};

use super::App;
use crate::error::Error;

/// Whom somebody may see of an account. What is outside looks as if it did not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// Everybody.
    Everybody,
    /// Themselves.
    Own(UserId),
    /// Themselves, and who is in these queues and ring groups now.
    Covered(UserId, Covers),
}

impl App {
    /// Whether somebody may see a person.
    pub async fn sees(
        &self,
        account: AccountId,
        sight: &Sight,
        person: UserId,
    ) -> Result<bool, Error> {
        match sight {
            Sight::Everybody => Ok(true),
            Sight::Own(own) => Ok(*own == person),
            Sight::Covered(own, _) if *own == person => Ok(true),
            Sight::Covered(_, covers) => {
                let roster = self.0.rosters.of(account).await?;
                Ok(roster.is_covered(covers, person))
            }
        }
    }

    /// Everybody whom somebody may see; `None` for everybody there is.
    pub(super) async fn seen(
        &self,
        account: AccountId,
        sight: &Sight,
    ) -> Result<Option<BTreeSet<UserId>>, Error> {
        match sight {
            Sight::Everybody => Ok(None),
            Sight::Own(own) => Ok(Some(BTreeSet::from([*own]))),
            Sight::Covered(own, covers) => {
                let roster = self.0.rosters.of(account).await?;
                let mut people = roster.covered(covers);
                people.insert(*own);
                Ok(Some(people))
            }
        }
    }
}
