//! `call_events`, `person_events`: every event as it was written.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use ids::{AccountId, CallId, EventId, UserId};
use sea_orm::{ConnectionTrait, FromQueryResult, prelude::Uuid};

use super::{
    Unreadable,
    columns::{column, count},
    statement,
};
use crate::{
    domain::fold::{Logged, Origin},
    error::Error,
};

/// Something that has events of its own.
pub trait Subject: Copy {
    /// Its log.
    const TABLE: &'static str;
    /// The column that names it.
    const COLUMN: &'static str;
    /// Adds to the log.
    const INSERT: &'static str;
    /// For the column.
    fn to_uuid(self) -> Uuid;
    /// From the column.
    fn from_uuid(uuid: Uuid) -> Self;
}

impl Subject for CallId {
    const TABLE: &'static str = "call_events";
    const COLUMN: &'static str = "call_id";
    const INSERT: &'static str = include_str!("sql/insert_call_events.sql");

    fn to_uuid(self) -> Uuid {
        self.uuid()
    }

    fn from_uuid(uuid: Uuid) -> Self {
        Self::from_uuid(uuid)
    }
}

impl Subject for UserId {
    const TABLE: &'static str = "person_events";
    const COLUMN: &'static str = "person_id";
    const INSERT: &'static str = include_str!("sql/insert_person_events.sql");

    fn to_uuid(self) -> Uuid {
        self.uuid()
    }

    fn from_uuid(uuid: Uuid) -> Self {
        Self::from_uuid(uuid)
    }
}

/// Adds what was folded.
pub(super) async fn insert<S: Subject>(
    db: &impl ConnectionTrait,
    rows: &[Logged<S>],
) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let values = [
        column(rows, |row| row.origin.account.uuid()),
        column(rows, |row| row.subject.to_uuid()),
        column(rows, |row| count(row.position)),
        column(rows, |row| count(row.origin.sequence)),
        column(rows, |row| row.origin.id.uuid()),
        column(rows, |row| row.origin.at),
        column(rows, |row| row.origin.actor.clone()),
        column(rows, |row| row.origin.traceparent.clone()),
        column(rows, |row| row.origin.body.to_vec()),
    ];
    db.execute_raw(statement(S::INSERT, values)).await?;
    Ok(())
}

/// The events of one call, in order: its timeline.
pub async fn timeline(
    db: &impl ConnectionTrait,
    account: AccountId,
    call: CallId,
) -> Result<Vec<Logged<CallId>>, Error> {
    let all = "SELECT *, call_id AS subject FROM call_events WHERE account_id = $1 AND call_id = $2 ORDER BY position";
    read(db, all, [account.uuid().into(), call.uuid().into()]).await
}

/// Up to `limit` events of an account after a place in its log, by subject and position. The
/// events of one subject are in order, and subjects do not depend on each other: all that a fold
/// needs.
pub(super) async fn after<S: Subject>(
    db: &impl ConnectionTrait,
    account: AccountId,
    after: (Uuid, u64),
    limit: u64,
) -> Result<Vec<Logged<S>>, Error> {
    let (table, name) = (S::TABLE, S::COLUMN);
    let next = format!(
        "SELECT *, {name} AS subject FROM {table} WHERE account_id = $1 AND ({name}, position) > ($2, $3) \
         ORDER BY {name}, position LIMIT $4"
    );
    let values = [
        account.uuid().into(),
        after.0.into(),
        count(after.1).into(),
        count(limit).into(),
    ];
    read(db, &next, values).await
}

async fn read<S: Subject>(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = sea_orm::Value>,
) -> Result<Vec<Logged<S>>, Error> {
    let rows = Row::find_by_statement(statement(sql, values))
        .all(db)
        .await?;
    rows.into_iter().map(|row| Ok(row.read()?)).collect()
}

#[derive(FromQueryResult)]
struct Row {
    account_id: Uuid,
    subject: Uuid,
    position: i64,
    sequence: i64,
    event_id: Uuid,
    happened_at: DateTime<Utc>,
    actor: String,
    traceparent: String,
    body: Vec<u8>,
}

impl Row {
    fn read<S: Subject>(self) -> Result<Logged<S>, Unreadable> {
        let unreadable = |column| Unreadable::new(S::TABLE, column);
        Ok(Logged {
            subject: S::from_uuid(self.subject),
            position: u64::try_from(self.position).map_err(|_| unreadable("position"))?,
            origin: Origin {
                account: AccountId::from_uuid(self.account_id),
                id: EventId::from_uuid(self.event_id),
                sequence: u64::try_from(self.sequence).map_err(|_| unreadable("sequence"))?,
                at: self.happened_at,
                actor: self.actor,
                traceparent: self.traceparent,
                body: Bytes::from(self.body),
            },
        })
    }
}
