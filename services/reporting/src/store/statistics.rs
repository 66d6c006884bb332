//! Sums by quarter-hour: added to by the fold, summed up for a question.

mod write;

use std::collections::BTreeMap;

use api::presence::v1::State;
use chrono::{DateTime, TimeDelta, Utc};
use ids::{AccountId, QueueId, UserId};
use sea_orm::{ConnectionTrait, FromQueryResult, prelude::Uuid};

use super::{
    Unreadable,
    columns::{column, count},
    statement,
};
use crate::{
    domain::{
        quarter::Quarter,
        statistics::{PersonCounts, QueueCounts},
    },
    error::Error,
};

pub(super) use write::add;

/// A span of whole quarter-hours, and the moment of the question: what is open counts up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// From the start of this one.
    pub start: Quarter,
    /// To the start of this one.
    pub end: Quarter,
    /// Now.
    pub now: DateTime<Utc>,
}

/// Which people or queues, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice<Id> {
    /// These; `None` means all.
    pub only: Option<Vec<Id>>,
    /// After this one.
    pub after: Option<Id>,
    /// How many.
    pub limit: u64,
}

/// One person over a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonSums {
    /// Who.
    pub person: UserId,
    /// Their calls.
    pub counts: PersonCounts,
    /// Their time in each state.
    pub states: BTreeMap<State, TimeDelta>,
}

/// People with anything in the span.
pub async fn people(
    db: &impl ConnectionTrait,
    account: AccountId,
    span: Span,
    choice: &Choice<UserId>,
) -> Result<Vec<PersonSums>, Error> {
    let only = choice.only.as_deref().unwrap_or_default();
    let values = [
        account.uuid().into(),
        span.start.start().into(),
        span.end.start().into(),
        span.now.into(),
        choice.only.is_none().into(),
        column(only, |person| person.uuid()),
        choice
            .after
            .map_or(Uuid::nil(), |person| person.uuid())
            .into(),
        count(choice.limit).into(),
    ];
    let sums = statement(include_str!("sql/person_statistics.sql"), values);
    let rows = PersonRow::find_by_statement(sums).all(db).await?;
    let mut people = rows
        .into_iter()
        .map(PersonRow::read)
        .collect::<Result<Vec<_>, _>>()?;

    let values = [
        account.uuid().into(),
        span.start.start().into(),
        span.end.start().into(),
        span.now.into(),
        column(&people, |sums| sums.person.uuid()),
    ];
    let times = statement(include_str!("sql/state_times.sql"), values);
    for row in StateRow::find_by_statement(times).all(db).await? {
        let state = State::try_from(i32::from(row.state))
            .map_err(|_| Unreadable::new("state_quarters", "state"))?;
        let person = UserId::from_uuid(row.person_id);
        // Sorted by person, as Postgres and uuids agree.
        if let Ok(index) = people.binary_search_by_key(&person, |sums| sums.person) {
            people[index]
                .states
                .insert(state, TimeDelta::microseconds(row.time_us));
        }
    }
    Ok(people)
}

/// Queues with anything in the span.
pub async fn queues(
    db: &impl ConnectionTrait,
    account: AccountId,
    span: Span,
    choice: &Choice<QueueId>,
) -> Result<Vec<(QueueId, QueueCounts)>, Error> {
    let only = choice.only.as_deref().unwrap_or_default();
    let values = [
        account.uuid().into(),
        span.start.start().into(),
        span.end.start().into(),
        choice.only.is_none().into(),
        column(only, |queue| queue.uuid()),
        choice
            .after
            .map_or(Uuid::nil(), |queue| queue.uuid())
            .into(),
        count(choice.limit).into(),
    ];
    let sums = statement(include_str!("sql/queue_statistics.sql"), values);
    let rows = QueueRow::find_by_statement(sums).all(db).await?;
    rows.into_iter().map(|row| Ok(row.read()?)).collect()
}

#[derive(FromQueryResult)]
struct PersonRow {
    person_id: Uuid,
    answered: i64,
    missed: i64,
    declined: i64,
    withdrawn: i64,
    rang_us: i64,
    talk_us: i64,
    hold_us: i64,
    wrap_up_us: i64,
}

impl PersonRow {
    fn read(self) -> Result<PersonSums, Unreadable> {
        let table = "person_quarters";
        let counts = PersonCounts {
            answered: counted(table, "answered", self.answered)?,
            missed: counted(table, "missed", self.missed)?,
            declined: counted(table, "declined", self.declined)?,
            withdrawn: counted(table, "withdrawn", self.withdrawn)?,
            rang: TimeDelta::microseconds(self.rang_us),
            talk: TimeDelta::microseconds(self.talk_us),
            hold: TimeDelta::microseconds(self.hold_us),
            wrap_up: TimeDelta::microseconds(self.wrap_up_us),
        };
        Ok(PersonSums {
            person: UserId::from_uuid(self.person_id),
            counts,
            states: BTreeMap::new(),
        })
    }
}

#[derive(FromQueryResult)]
struct StateRow {
    person_id: Uuid,
    state: i16,
    time_us: i64,
}

#[derive(FromQueryResult)]
struct QueueRow {
    queue_id: Uuid,
    answered: i64,
    missed: i64,
    abandoned: i64,
    short_abandoned: i64,
    in_threshold: i64,
    answered_wait_us: i64,
    wait_us: i64,
    longest_us: i64,
    talk_us: i64,
    hold_us: i64,
    wrap_up_us: i64,
}

impl QueueRow {
    fn read(self) -> Result<(QueueId, QueueCounts), Unreadable> {
        let table = "queue_quarters";
        let counts = QueueCounts {
            answered: counted(table, "answered", self.answered)?,
            missed: counted(table, "missed", self.missed)?,
            abandoned: counted(table, "abandoned", self.abandoned)?,
            short_abandoned: counted(table, "short_abandoned", self.short_abandoned)?,
            in_threshold: counted(table, "in_threshold", self.in_threshold)?,
            answered_wait: TimeDelta::microseconds(self.answered_wait_us),
            wait: TimeDelta::microseconds(self.wait_us),
            longest: TimeDelta::microseconds(self.longest_us),
            talk: TimeDelta::microseconds(self.talk_us),
            hold: TimeDelta::microseconds(self.hold_us),
            wrap_up: TimeDelta::microseconds(self.wrap_up_us),
        };
        Ok((QueueId::from_uuid(self.queue_id), counts))
    }
}

fn counted(table: &'static str, column: &'static str, count: i64) -> Result<u64, Unreadable> {
    u64::try_from(count).map_err(|_| Unreadable::new(table, column))
}
