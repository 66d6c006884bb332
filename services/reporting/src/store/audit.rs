//! `audit_events`: the trail. `changed`: how far the changes of each object are folded.

use std::collections::{BTreeMap, BTreeSet};

use api::access::v1::ChangeEvent;
use chrono::{DateTime, Utc};
use ids::{AccountId, EventId};
use prost::Message;
use sea_orm::{ConnectionTrait, FromQueryResult, Value, prelude::Uuid};

use super::{
    Unreadable,
    columns::{column, count},
    statement,
};
use crate::{
    domain::{
        audit::{AuditEvent, Change, FieldChange, trace_of},
        fold::Origin,
        sequence::Progress,
    },
    error::Error,
};

type Changed = (AccountId, String);

/// Which entries to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// At or after.
    pub start: Option<DateTime<Utc>>,
    /// Before.
    pub end: Option<DateTime<Utc>>,
    /// What this actor did.
    pub actor: Option<String>,
    /// What was done to this object.
    pub subject: Option<String>,
    /// Actions that begin with this.
    pub action_prefix: Option<String>,
}

/// Entries that pass the filter, newest first, after `after`.
pub async fn page(
    db: &impl ConnectionTrait,
    account: AccountId,
    filter: &Filter,
    after: Option<(DateTime<Utc>, EventId)>,
    limit: u64,
) -> Result<Vec<AuditEvent>, Error> {
    let mut values: Vec<Value> = vec![account.uuid().into()];
    let mut conditions = vec!["account_id = $1".to_owned()];
    let mut only = |condition: &str, value: Value| {
        values.push(value);
        conditions.push(condition.replace('?', &format!("${}", values.len())));
    };
    if let Some(start) = filter.start {
        only("happened_at >= ?", start.into());
    }
    if let Some(end) = filter.end {
        only("happened_at < ?", end.into());
    }
    if let Some(actor) = &filter.actor {
        only("actor = ?", actor.clone().into());
    }
    if let Some(subject) = &filter.subject {
        only("subject = ?", subject.clone().into());
    }
    if let Some(prefix) = &filter.action_prefix {
        only("starts_with(action, ?)", prefix.clone().into());
    }
    if let Some((at, event)) = after {
        values.extend([at.into(), event.uuid().into()]);
        let last = values.len();
        conditions.push(format!(
            "(happened_at, event_id) < (${}, ${last})",
            last - 1
        ));
    }
    values.push(count(limit).into());
    let page = format!(
        "SELECT * FROM audit_events WHERE {} ORDER BY happened_at DESC, event_id DESC LIMIT ${}",
        conditions.join(" AND "),
        values.len()
    );
    let rows = Row::find_by_statement(statement(&page, values))
        .all(db)
        .await?;
    rows.into_iter().map(|row| Ok(row.read()?)).collect()
}

/// Adds to the trail.
pub(super) async fn insert(
    db: &impl ConnectionTrait,
    rows: &[(Change, Origin)],
) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let values = [
        column(rows, |(_, origin)| origin.account.uuid()),
        column(rows, |(_, origin)| origin.at),
        column(rows, |(_, origin)| origin.id.uuid()),
        column(rows, |(_, origin)| origin.actor.clone()),
        column(rows, |(change, _)| change.action.clone()),
        column(rows, |(change, _)| change.subject.clone()),
        column(rows, |(_, origin)| origin.traceparent.clone()),
        column(rows, |(_, origin)| origin.body.to_vec()),
    ];
    db.execute_raw(statement(
        include_str!("sql/insert_audit_events.sql"),
        values,
    ))
    .await?;
    Ok(())
}

/// How far the changes of these objects are folded.
pub(super) async fn load(
    db: &impl ConnectionTrait,
    changed: &BTreeSet<Changed>,
) -> Result<BTreeMap<Changed, Progress>, Error> {
    let keys: Vec<_> = changed.iter().collect();
    let known = "SELECT changed.* FROM changed JOIN unnest($1::uuid[], $2::text[]) AS key (account_id, subject) \
                 USING (account_id, subject)";
    let values = [
        column(&keys, |key| key.0.uuid()),
        column(&keys, |key| key.1.clone()),
    ];
    let rows = ChangedRow::find_by_statement(statement(known, values))
        .all(db)
        .await?;
    rows.into_iter().map(|row| Ok(row.read()?)).collect()
}

/// Writes how far they are now.
pub(super) async fn upsert(
    db: &impl ConnectionTrait,
    changed: &BTreeMap<Changed, Progress>,
) -> Result<(), Error> {
    let rows: Vec<_> = changed.iter().collect();
    if rows.is_empty() {
        return Ok(());
    }
    let values = [
        column(&rows, |((account, _), _)| account.uuid()),
        column(&rows, |((_, subject), _)| subject.clone()),
        column(&rows, |(_, progress)| count(progress.events)),
        column(&rows, |(_, progress)| count(progress.sequence)),
        column(&rows, |(_, progress)| progress.at),
    ];
    db.execute_raw(statement(include_str!("sql/upsert_changed.sql"), values))
        .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Row {
    account_id: Uuid,
    happened_at: DateTime<Utc>,
    event_id: Uuid,
    actor: String,
    action: String,
    subject: String,
    traceparent: String,
    body: Vec<u8>,
}

impl Row {
    fn read(self) -> Result<AuditEvent, Unreadable> {
        let message = ChangeEvent::decode(self.body.as_slice());
        let message = message.map_err(|_| Unreadable::new("audit_events", "body"))?;
        let changes = message.changes.into_iter();
        Ok(AuditEvent {
            account: AccountId::from_uuid(self.account_id),
            event: EventId::from_uuid(self.event_id),
            at: self.happened_at,
            actor: self.actor,
            action: self.action,
            subject: self.subject,
            changes: changes
                .map(|change| FieldChange {
                    field: change.field,
                    before: change.before,
                    after: change.after,
                })
                .collect(),
            network: message.network,
            result: message.result,
            trace: trace_of(&self.traceparent).to_owned(),
            cause: message.cause_id,
        })
    }
}

#[derive(FromQueryResult)]
struct ChangedRow {
    account_id: Uuid,
    subject: String,
    events: i64,
    sequence: i64,
    folded_at: DateTime<Utc>,
}

impl ChangedRow {
    fn read(self) -> Result<(Changed, Progress), Unreadable> {
        let unreadable = |column| Unreadable::new("changed", column);
        let progress = Progress {
            events: u64::try_from(self.events).map_err(|_| unreadable("events"))?,
            sequence: u64::try_from(self.sequence).map_err(|_| unreadable("sequence"))?,
            at: self.folded_at,
        };
        Ok((
            (AccountId::from_uuid(self.account_id), self.subject),
            progress,
        ))
    }
}
