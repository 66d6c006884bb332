//! One batch of events: its rows and its offsets, together or not at all.

use sea_orm::ConnectionTrait;
use store::{
    Store, Transaction,
    follow::{self, Move},
};

use super::{audit, call, log, person, statement, statistics};
use crate::{
    domain::{
        fold::{Event, Fold, Known, Subjects},
        sequence::Verdict,
    },
    error::Error,
};

/// What became of a batch.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the report; one verdict an event, in order.
    Folded(Vec<Verdict>),
    /// Another follower was faster, and nothing of it was kept: read the offsets again.
    Overtaken,
}

/// Folds a batch and moves its offsets, in one transaction.
pub async fn commit(store: &Store, moves: &[Move], events: &[Event]) -> Result<Outcome, Error> {
    let result = store
        .transaction(|tx: Transaction| async move {
            see_everybody(&tx).await?;
            // First: from here on nobody else can fold what we are about to read.
            if !follow::move_all(&tx, moves).await? {
                return Err(Error::Overtaken);
            }
            let mut fold = Fold::from(load(&tx, &events.iter().collect()).await?);
            let verdicts = events
                .iter()
                .map(|event| fold.apply(event.clone()))
                .collect();
            log::insert(&tx, &fold.call_log).await?;
            log::insert(&tx, &fold.person_log).await?;
            audit::insert(&tx, &fold.audit).await?;
            audit::upsert(&tx, &fold.known.changed).await?;
            person::enroll(&tx, &fold.audit).await?;
            write(&tx, &fold).await?;
            Ok(verdicts)
        })
        .await;
    match result {
        Ok(verdicts) => Ok(Outcome::Folded(verdicts)),
        Err(Error::Overtaken) => Ok(Outcome::Overtaken),
        Err(error) => Err(error),
    }
}

/// Lets the transaction see every tenant: events of all of them are in one batch.
pub(super) async fn see_everybody(tx: &Transaction) -> Result<(), Error> {
    tx.query_one_raw(statement(
        "SELECT set_config('app.follower', 'on', true)",
        [],
    ))
    .await?;
    Ok(())
}

/// Everything known of the subjects, in as few statements as there are tables.
pub(super) async fn load(tx: &Transaction, subjects: &Subjects) -> Result<Known, Error> {
    let mut known = Known::default();
    if !subjects.calls.is_empty() {
        let records = call::load(tx, &subjects.calls).await?;
        known.calls.extend(
            records
                .into_iter()
                .map(|record| ((record.account, record.call), record)),
        );
    }
    if !subjects.people.is_empty() {
        let people = person::load(tx, &subjects.people).await?;
        known.people.extend(
            people
                .into_iter()
                .map(|person| ((person.account, person.person), person)),
        );
    }
    if !subjects.changed.is_empty() {
        known.changed = audit::load(tx, &subjects.changed).await?;
    }
    Ok(known)
}

/// Everything that is derived from the log; what a rebuild writes again.
pub(super) async fn write(tx: &Transaction, fold: &Fold) -> Result<(), Error> {
    call::upsert(tx, &fold.known.calls.values().collect::<Vec<_>>()).await?;
    person::upsert(tx, &fold.known.people.values().collect::<Vec<_>>()).await?;
    statistics::add(tx, &fold.rollup).await
}
