//! The report, made again from its log, in one transaction (REP-4, I19).

use ids::{AccountId, CallId, UserId};
use live::Partition;
use sea_orm::{ConnectionTrait, FromQueryResult, prelude::Uuid};
use store::{Store, StoreError, Transaction};

use super::{batch, log, log::Subject, statement};
use crate::{
    domain::fold::{Event, Fact, Fold, Logged},
    error::Error,
    live::convert::{Undecodable, call_fact, person_fact},
};

/// Everything that is derived from the log.
const DERIVED: [&str; 8] = [
    "call_records",
    "call_legs",
    "call_waits",
    "people",
    "person_quarters",
    "queue_quarters",
    "state_quarters",
    "state_days",
];

/// Events folded at once.
const CHUNK: u64 = 5_000;

/// A table whose rows are not what the log says.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Difference {
    /// Which.
    pub table: String,
    /// Rows that the log does not have like this.
    pub wrong: i64,
    /// Rows that the log has and the table did not have like this.
    pub missing: i64,
}

/// What to do with the rows that were made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Only say how they differ.
    Former,
    /// Put them in the place of the former.
    Rebuilt,
}

/// Folds the whole log of an account again and compares every row. While it runs, nothing of the
/// account's partition is folded: events wait in Redis.
pub async fn rebuild(
    store: &Store,
    account: AccountId,
    keep: Keep,
) -> Result<Vec<Difference>, Error> {
    let work = |tx: Transaction| async move {
        tx.execute_unprepared("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
            .await?;
        batch::see_everybody(&tx).await?;
        ::store::follow::hold(&tx, Partition::of(account)).await?;
        for table in DERIVED {
            set_aside(&tx, account, table).await?;
        }
        refold::<CallId>(&tx, account, call_fact).await?;
        refold::<UserId>(&tx, account, person_fact).await?;
        let mut differences = Vec::new();
        for table in DERIVED {
            differences.extend(compare(&tx, account, table).await?);
        }
        match keep {
            Keep::Rebuilt => Ok(differences),
            Keep::Former => Err(Compared::Only(differences)),
        }
    };
    match store.transaction(work).await {
        Ok(differences) | Err(Compared::Only(differences)) => Ok(differences),
        Err(Compared::Failed(error)) => Err(error),
    }
}

/// Why the transaction is rolled back.
enum Compared {
    /// The comparison was all that was asked for.
    Only(Vec<Difference>),
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Compared {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

async fn set_aside(tx: &Transaction, account: AccountId, table: &str) -> Result<(), Error> {
    let copy = format!(
        "CREATE TEMPORARY TABLE former_{table} ON COMMIT DROP AS SELECT * FROM {table} WHERE account_id = "
    );
    // A utility statement takes no parameters; a uuid needs no quoting beyond quotes.
    tx.execute_unprepared(&format!("{copy}'{}'", account.uuid()))
        .await?;
    let delete = format!("DELETE FROM {table} WHERE account_id = $1");
    tx.execute_raw(statement(&delete, [account.uuid().into()]))
        .await?;
    Ok(())
}

/// Folds the log of calls, or of people, chunk by chunk, each going on from the rows of the one
/// before: as the follower does with batches.
async fn refold<S: Subject>(
    tx: &Transaction,
    account: AccountId,
    read: fn(S, &[u8]) -> Result<Fact, Undecodable>,
) -> Result<(), Error> {
    let mut place = (Uuid::nil(), 0);
    loop {
        let chunk: Vec<Logged<S>> = log::after(tx, account, place, CHUNK).await?;
        let Some(last) = chunk.last() else {
            return Ok(());
        };
        place = (last.subject.to_uuid(), last.position);
        let events = chunk.into_iter().map(|logged| {
            let fact = read(logged.subject, &logged.origin.body)?;
            Ok(Event {
                origin: logged.origin,
                fact,
            })
        });
        let events = events.collect::<Result<Vec<_>, Error>>()?;
        let mut fold = Fold::from(batch::load(tx, &events.iter().collect()).await?);
        for event in events {
            fold.apply(event);
        }
        batch::write(tx, &fold).await?;
    }
}

async fn compare(
    tx: &Transaction,
    account: AccountId,
    table: &str,
) -> Result<Option<Difference>, Error> {
    let now = format!("SELECT * FROM {table} WHERE account_id = $1");
    let former = format!("SELECT * FROM former_{table}");
    let compare = format!(
        "SELECT '{table}' AS table, \
         (SELECT count(*) FROM ({former} EXCEPT {now}) AS only_former) AS wrong, \
         (SELECT count(*) FROM ({now} EXCEPT {former}) AS only_now) AS missing"
    );
    let found = Difference::find_by_statement(statement(&compare, [account.uuid().into()]))
        .one(tx)
        .await?;
    let found = found.ok_or(StoreError::NotFound)?;
    Ok((found.wrong + found.missing > 0).then_some(found))
}
