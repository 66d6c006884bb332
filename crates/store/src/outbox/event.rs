use std::fmt::Display;

use ids::{AccountId, EventId};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::{StoreError, Transaction};

/// Something that happened, to be told to everybody who follows.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    account: AccountId,
    subject: String,
    actor: String,
    kind: &'static str,
    body: Vec<u8>,
}

impl Event {
    /// `message` happened to `subject`: `Event::new(account, user.id,
    /// "strowger.identity.v1.UserEvent", &message)`. `kind` is the message's
    /// full name.
    #[must_use]
    pub fn new(
        account: AccountId,
        subject: impl Display,
        kind: &'static str,
        message: &impl prost::Message,
    ) -> Self {
        Self {
            account,
            subject: subject.to_string(),
            actor: String::new(),
            kind,
            body: message.encode_to_vec(),
        }
    }

    /// Who caused it; without this, the system did.
    #[must_use]
    pub fn by(mut self, actor: impl Display) -> Self {
        self.actor = actor.to_string();
        self
    }
}

/// Adds an event to the transaction; returns its number among those of its
/// subject, from 1 without gaps. The current span goes with it, so that whoever
/// follows can join the trace.
///
/// The subject stays locked until the transaction ends: a transaction with
/// events about several subjects inserts them in the order of their ids.
///
/// # Errors
///
/// A [`StoreError`]; [`StoreError::Conflict`] is retried by the transaction.
pub async fn insert(tx: &Transaction, event: Event) -> Result<u64, StoreError> {
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        include_str!("../sql/outbox_insert.sql"),
        [
            EventId::generate().uuid().into(),
            event.account.uuid().into(),
            event.subject.into(),
            event.actor.into(),
            event.kind.into(),
            telemetry::propagation::current().into(),
            event.body.into(),
        ],
    );
    let row = tx
        .query_one_raw(statement)
        .await?
        .ok_or(StoreError::NotFound)?;
    Ok(row.try_get::<i64>("", "sequence")?.unsigned_abs())
}
