//! Calls as rows: found, listed, made whole again.

use std::{cmp::Reverse, collections::BTreeMap};

use api::routing::v1::{CallOutcome, OfferEnd, QueueExit};
use chrono::{DateTime, TimeDelta, Utc};
use ids::{AccountId, CallId, LegId, NumberId, QueueId, UserId};
use sea_orm::{ConnectionTrait, FromQueryResult, Value, prelude::Uuid};

use super::super::{Unreadable, columns::count, statement};
use crate::{
    app::scope::Scope,
    domain::{leg::Leg, record::CallRecord, sequence::Progress, step::Via, wait::Wait},
    error::Error,
};

/// Which calls to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Arrived at or after.
    pub start: Option<DateTime<Utc>>,
    /// Arrived before.
    pub end: Option<DateTime<Utc>>,
    /// Offered to this person.
    pub person: Option<UserId>,
    /// Entered this queue.
    pub queue: Option<QueueId>,
    /// From this number.
    pub from: Option<String>,
}

/// The call, if it is in the scope.
pub async fn find(
    db: &impl ConnectionTrait,
    account: AccountId,
    scope: &Scope,
    call: CallId,
) -> Result<Option<CallRecord>, Error> {
    let mut values = vec![account.uuid().into(), call.uuid().into()];
    let scoped = within(scope, &mut values);
    let of_call = |table: &str| {
        format!(
            "SELECT record.* FROM {table} AS record WHERE account_id = $1 AND call_id = $2 AND {scoped}"
        )
    };
    Ok(all(db, of_call, values).await?.pop())
}

/// Calls in the scope that pass the filter, newest first, after `after`.
pub async fn page(
    db: &impl ConnectionTrait,
    account: AccountId,
    scope: &Scope,
    filter: &Filter,
    after: Option<(DateTime<Utc>, CallId)>,
    limit: u64,
) -> Result<Vec<CallRecord>, Error> {
    let mut values: Vec<Value> = vec![account.uuid().into()];
    let scoped = within(scope, &mut values);
    let mut conditions = vec!["record.account_id = $1".to_owned(), scoped];
    let mut only = |condition: &str, value: Value| {
        values.push(value);
        conditions.push(condition.replace('?', &format!("${}", values.len())));
    };
    if let Some(start) = filter.start {
        only("record.arrived_at >= ?", start.into());
    }
    if let Some(end) = filter.end {
        only("record.arrived_at < ?", end.into());
    }
    if let Some(person) = filter.person {
        only(
            &part_has("call_legs", "person_id = ?"),
            person.uuid().into(),
        );
    }
    if let Some(queue) = filter.queue {
        only(&part_has("call_waits", "queue_id = ?"), queue.uuid().into());
    }
    if let Some(from) = &filter.from {
        only("record.caller = ?", from.clone().into());
    }
    if let Some((arrived, call)) = after {
        values.extend([arrived.into(), call.uuid().into()]);
        let last = values.len();
        conditions.push(format!(
            "(record.arrived_at, record.call_id) < (${}, ${last})",
            last - 1
        ));
    }
    values.push(count(limit).into());
    let page = format!(
        "SELECT account_id, call_id FROM call_records AS record WHERE {} \
         ORDER BY arrived_at DESC, call_id DESC LIMIT ${}",
        conditions.join(" AND "),
        values.len()
    );
    let of_page = |table: &str| {
        format!(
            "WITH page AS ({page}) SELECT {table}.* FROM {table} JOIN page USING (account_id, call_id)"
        )
    };
    let mut records = all(db, of_page, values).await?;
    records.sort_by_key(|record| Reverse((record.arrived, record.call)));
    Ok(records)
}

/// The condition that a call is in the scope; adds the values of its parameters.
fn within(scope: &Scope, values: &mut Vec<Value>) -> String {
    let Scope::Part { people, covers } = scope else {
        return "TRUE".to_owned();
    };
    let queues: Vec<Uuid> = covers.queues().map(QueueId::uuid).collect();
    let via: Vec<String> = covers.as_slice().iter().map(ToString::to_string).collect();
    let people: Vec<Uuid> = people.iter().map(|person| person.uuid()).collect();
    let mut conditions = Vec::new();
    let mut any = |table: &str, column: &str, of: Value| {
        values.push(of);
        let condition = format!("{column} = ANY (${})", values.len());
        conditions.push(part_has(table, &condition));
    };
    any("call_legs", "person_id", people.into());
    if !via.is_empty() {
        any("call_legs", "via", via.into());
        any("call_waits", "queue_id", queues.into());
    }
    format!("({})", conditions.join(" OR "))
}

fn part_has(table: &str, condition: &str) -> String {
    format!(
        "EXISTS (SELECT FROM {table} AS part WHERE part.account_id = record.account_id \
         AND part.call_id = record.call_id AND part.{condition})"
    )
}

/// The calls that `of` selects from each of the three tables, by call.
pub(super) async fn all(
    db: &impl ConnectionTrait,
    of: impl Fn(&str) -> String,
    values: impl IntoIterator<Item = Value> + Clone,
) -> Result<Vec<CallRecord>, Error> {
    let rows = RecordRow::find_by_statement(statement(&of("call_records"), values.clone()))
        .all(db)
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut records = BTreeMap::new();
    for row in rows {
        let record = row.read()?;
        records.insert((record.account, record.call), record);
    }
    let legs = LegRow::find_by_statement(statement(&of("call_legs"), values.clone()))
        .all(db)
        .await?;
    for (account, call, position, leg) in sorted(legs, LegRow::read)? {
        let record = records
            .get_mut(&(account, call))
            .ok_or(Unreadable::new("call_legs", "call_id"))?;
        place(
            &mut record.legs,
            position,
            leg,
            Unreadable::new("call_legs", "position"),
        )?;
    }
    let waits = WaitRow::find_by_statement(statement(&of("call_waits"), values))
        .all(db)
        .await?;
    for (account, call, position, wait) in sorted(waits, WaitRow::read)? {
        let record = records
            .get_mut(&(account, call))
            .ok_or(Unreadable::new("call_waits", "call_id"))?;
        place(
            &mut record.waits,
            position,
            wait,
            Unreadable::new("call_waits", "position"),
        )?;
    }
    Ok(records.into_values().collect())
}

type Placed<T> = (AccountId, CallId, i32, T);

fn sorted<Row, T>(
    rows: Vec<Row>,
    read: impl Fn(Row) -> Result<Placed<T>, Unreadable>,
) -> Result<Vec<Placed<T>>, Unreadable> {
    let mut parts = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    parts.sort_by_key(|(.., position, _)| *position);
    Ok(parts)
}

/// A part that is missing would let the next fold write over another.
fn place<T>(
    parts: &mut Vec<T>,
    position: i32,
    part: T,
    unreadable: Unreadable,
) -> Result<(), Unreadable> {
    if usize::try_from(position) != Ok(parts.len()) {
        return Err(unreadable);
    }
    parts.push(part);
    Ok(())
}

#[derive(FromQueryResult)]
struct RecordRow {
    account_id: Uuid,
    call_id: Uuid,
    events: i64,
    sequence: i64,
    folded_at: DateTime<Utc>,
    outcome: i16,
    caller: String,
    dialled: String,
    number_id: Option<Uuid>,
    person_id: Option<Uuid>,
    via: String,
    arrived_at: DateTime<Utc>,
    answered_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    talked_us: i64,
    held_us: i64,
    voicemail: String,
}

impl RecordRow {
    fn read(self) -> Result<CallRecord, Unreadable> {
        let unreadable = |column| Unreadable::new("call_records", column);
        Ok(CallRecord {
            account: AccountId::from_uuid(self.account_id),
            call: CallId::from_uuid(self.call_id),
            progress: Progress {
                events: u64::try_from(self.events).map_err(|_| unreadable("events"))?,
                sequence: u64::try_from(self.sequence).map_err(|_| unreadable("sequence"))?,
                at: self.folded_at,
            },
            outcome: CallOutcome::try_from(i32::from(self.outcome))
                .map_err(|_| unreadable("outcome"))?,
            from: self.caller,
            dialled: self.dialled,
            number: self.number_id.map(NumberId::from_uuid),
            person: self.person_id.map(UserId::from_uuid),
            arrived: self.arrived_at,
            answered: self.answered_at,
            ended: self.ended_at,
            via: Via::new(self.via),
            talked: TimeDelta::microseconds(self.talked_us),
            held: TimeDelta::microseconds(self.held_us),
            voicemail: self.voicemail,
            legs: Vec::new(),
            waits: Vec::new(),
        })
    }
}

#[derive(FromQueryResult)]
struct LegRow {
    account_id: Uuid,
    call_id: Uuid,
    position: i32,
    leg_id: Uuid,
    person_id: Option<Uuid>,
    via: String,
    offered_at: DateTime<Utc>,
    answered_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    offer_end: i16,
    rang_us: i64,
}

impl LegRow {
    fn read(self) -> Result<Placed<Leg>, Unreadable> {
        let end = OfferEnd::try_from(i32::from(self.offer_end));
        let leg = Leg {
            id: LegId::from_uuid(self.leg_id),
            person: self.person_id.map(UserId::from_uuid),
            via: Via::new(self.via),
            offered: self.offered_at,
            answered: self.answered_at,
            ended: self.ended_at,
            end: end.map_err(|_| Unreadable::new("call_legs", "offer_end"))?,
            rang: TimeDelta::microseconds(self.rang_us),
        };
        Ok((
            AccountId::from_uuid(self.account_id),
            CallId::from_uuid(self.call_id),
            self.position,
            leg,
        ))
    }
}

#[derive(FromQueryResult)]
struct WaitRow {
    account_id: Uuid,
    call_id: Uuid,
    position: i32,
    queue_id: Uuid,
    entered_at: DateTime<Utc>,
    service_level_us: i64,
    short_abandon_us: i64,
    left_at: Option<DateTime<Utc>>,
    exit: i16,
    waited_us: i64,
}

impl WaitRow {
    fn read(self) -> Result<Placed<Wait>, Unreadable> {
        let exit = QueueExit::try_from(i32::from(self.exit));
        let wait = Wait {
            queue: QueueId::from_uuid(self.queue_id),
            entered: self.entered_at,
            service_level: TimeDelta::microseconds(self.service_level_us),
            short_abandon: TimeDelta::microseconds(self.short_abandon_us),
            left: self.left_at,
            exit: exit.map_err(|_| Unreadable::new("call_waits", "exit"))?,
            waited: TimeDelta::microseconds(self.waited_us),
        };
        Ok((
            AccountId::from_uuid(self.account_id),
            CallId::from_uuid(self.call_id),
            self.position,
            wait,
        ))
    }
}
