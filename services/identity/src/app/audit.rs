//! The audit trail: what happened, before and after, told in the transaction of the change.

use std::fmt::Display;

use ::store::{
    Transaction,
    outbox::{self, Event},
};
use api::access::v1::{ChangeEvent, FieldChange};
use ids::AccountId;

use super::caller::Origin;
use crate::error::Error;

const KIND: &str = "strowger.access.v1.ChangeEvent";
const OK: &str = "OK";

/// Something worth remembering.
#[derive(Debug, Clone)]
#[must_use = "it is remembered once it is recorded"]
pub struct Change(ChangeEvent);

impl Change {
    /// `action` (`user.invited`) happened to `subject` (`usr_…`).
    pub fn new(action: &str, subject: impl Display) -> Self {
        Self(ChangeEvent {
            action: action.to_owned(),
            subject_id: subject.to_string(),
            result: OK.to_owned(),
            ..ChangeEvent::default()
        })
    }

    /// It was refused, for `reason`.
    pub fn refused(mut self, reason: &str) -> Self {
        reason.clone_into(&mut self.0.result);
        self
    }

    /// One field, unless it stays what it was. Never a secret.
    pub fn field(mut self, field: &str, before: impl Display, after: impl Display) -> Self {
        let (before, after) = (before.to_string(), after.to_string());
        if before != after {
            self.0.changes.push(FieldChange {
                field: field.to_owned(),
                before,
                after,
            });
        }
        self
    }

    /// Puts it on the record.
    pub async fn record(
        self,
        tx: &Transaction,
        account: AccountId,
        origin: &Origin,
    ) -> Result<(), Error> {
        let Self(mut change) = match origin.part_of {
            Some(split) => self.field("split_id", "", split),
            None => self,
        };
        change.network.clone_from(&origin.network);
        let event = Event::new(account, &change.subject_id, KIND, &change).by(&origin.actor);
        outbox::insert(tx, event).await?;
        Ok(())
    }
}
