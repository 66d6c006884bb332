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

/// Puts on the record that `action` (`queue.updated`) happened to `subject` (`que_…`).
pub async fn record(
    tx: &Transaction,
    account: AccountId,
    origin: &Origin,
    action: &str,
    subject: impl Display,
    changes: Vec<Change>,
) -> Result<(), Error> {
    let changes = changes.into_iter().map(|change| FieldChange {
        field: change.field.to_owned(),
        before: change.before,
        after: change.after,
    });
    let event = ChangeEvent {
        action: action.to_owned(),
        subject_id: subject.to_string(),
        changes: changes.collect(),
        network: origin.network.clone(),
        result: OK.to_owned(),
    };
    outbox::insert(
        tx,
        Event::new(account, subject, KIND, &event).by(origin.actor),
    )
    .await?;
    Ok(())
}
