//! The audit trail: what changed, told in the transaction of the change.

use std::fmt::Display;

use api::access::v1::{ChangeEvent, FieldChange};
use ids::AccountId;
use store::{
    Transaction,
    outbox::{self, Event},
};

use super::caller::Origin;
use crate::{domain::change::Change, error::Error};

const KIND: &str = "strowger.access.v1.ChangeEvent";
const OK: &str = "OK";

/// What happened to something.
#[derive(Debug)]
pub struct Entry<'a> {
    /// `queue.updated`.
    pub action: &'a str,
    /// Field by field.
    pub changes: Vec<Change>,
    /// `OK`, or the reason of a refusal.
    pub result: &'a str,
}

impl<'a> Entry<'a> {
    /// It was done.
    #[must_use]
    pub fn done(action: &'a str, changes: Vec<Change>) -> Self {
        Self {
            action,
            changes,
            result: OK,
        }
    }
}

/// Puts on the record what happened to `subject` (`que_…`).
pub async fn record(
    tx: &Transaction,
    account: AccountId,
    origin: &Origin,
    subject: impl Display,
    entry: Entry<'_>,
) -> Result<(), Error> {
    let changes = entry.changes.into_iter().map(|change| FieldChange {
        field: change.field.to_owned(),
        before: change.before,
        after: change.after,
    });
    let event = ChangeEvent {
        action: entry.action.to_owned(),
        subject_id: subject.to_string(),
        changes: changes.collect(),
        network: origin.network.clone(),
        result: entry.result.to_owned(),
        cause_id: origin.cause.map(|id| id.to_string()).unwrap_or_default(),
    };
    outbox::insert(
        tx,
        Event::new(account, subject, KIND, &event).by(&origin.actor),
    )
    .await?;
    Ok(())
}
