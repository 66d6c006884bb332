//! Inviting everybody in a file.

use ::store::Transaction;
use access::Permission;

use super::{App, caller::Person, user::Held};
use crate::{domain::import::Row, error::Error, store};

/// What became of one row.
#[derive(Debug)]
pub struct Imported {
    /// Where it begins in the file.
    pub line: u32,
    /// The person and their invitation's token, or why not.
    pub outcome: Result<(Held, String), Refused>,
}

/// Why a row was not imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The row itself.
    Fields(Vec<String>),
    /// Somebody has the address, perhaps in a row above.
    EmailTaken,
    /// The rows above took the last seat.
    SeatsExhausted,
}

impl App {
    /// Invites everybody who can be. What is wrong with one row is no reason to refuse the
    /// others; what is wrong with the caller or the database is.
    pub async fn import(
        &self,
        tx: &Transaction,
        by: &Person,
        rows: &[Row],
    ) -> Result<Vec<Imported>, Error> {
        let account = store::account::lock(tx, by.account)
            .await?
            .ok_or(Error::AccountNotFound)?;
        by.acting(tx, Permission::UsersManage).await?;
        let mut seats = store::account::seat_usage(tx, &account).await?;
        let mut imported = Vec::with_capacity(rows.len());
        for row in rows {
            let outcome = match (&row.person, seats.take()) {
                (Err(problems), _) => Err(Refused::Fields(problems.clone())),
                (Ok(_), Err(_)) => Err(Refused::SeatsExhausted),
                (Ok(profile), Ok(taken)) => match self.add(tx, by, profile).await {
                    Ok(added) => {
                        seats = taken;
                        Ok(added)
                    }
                    Err(Error::EmailTaken) => Err(Refused::EmailTaken),
                    Err(error) => return Err(error),
                },
            };
            imported.push(Imported {
                line: row.line,
                outcome,
            });
        }
        Ok(imported)
    }
}
