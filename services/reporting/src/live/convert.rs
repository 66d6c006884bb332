//! Events of the bus → what the domain folds. What cannot be folded says why.

mod call;
mod text;

use api::{access::v1::ChangeEvent, presence::v1::PersonEvent};
use chrono::{DateTime, TimeDelta, Utc};
use ids::{CallId, UserId};
use live::event::Envelope;
use prost::Message;

use self::text::bounded;
use crate::{
    domain::{
        audit::Change,
        fold::{Event, Fact, Origin},
        membership::Membership,
        person,
    },
    store::month,
};

const CALL_EVENT: &str = "strowger.routing.v1.CallEvent";
const PERSON_EVENT: &str = "strowger.presence.v1.PersonEvent";
const CHANGE_EVENT: &str = "strowger.access.v1.ChangeEvent";

/// An event that is not folded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Skipped {
    /// Of a type that reporting does not follow, or does not know yet.
    #[error("of another type")]
    Unknown,
    /// Of a type that reporting follows, but not as its writer promised.
    #[error(transparent)]
    Malformed(#[from] Undecodable),
}

/// A message that is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is missing or wrong")]
pub struct Undecodable(pub &'static str);

/// Reads an event from the bus.
pub fn event(envelope: Envelope, now: DateTime<Utc>) -> Result<Event, Skipped> {
    let Envelope {
        id,
        account,
        subject,
        seq,
        at,
        actor,
        kind,
        traceparent,
        body,
    } = envelope;
    if !is_plausible(at, now) {
        return Err(Undecodable("at").into());
    }
    let fact = match kind.as_str() {
        CALL_EVENT => {
            let call = subject.parse().map_err(|_| Undecodable("subject"))?;
            if !is_plausible(month::made(call), now) {
                return Err(Undecodable("subject").into());
            }
            call_fact(call, &body)?
        }
        PERSON_EVENT => person_fact(subject.parse().map_err(|_| Undecodable("subject"))?, &body)?,
        CHANGE_EVENT => change_fact(&subject, &body)?,
        _ => return Err(Skipped::Unknown),
    };
    let origin = Origin {
        account,
        id,
        sequence: seq.min(i64::MAX as u64),
        at,
        actor: bounded(&actor),
        traceparent: bounded(&traceparent),
        body,
    };
    Ok(Event { origin, fact })
}

/// Reads a step of a call.
pub fn call_fact(call: CallId, body: &[u8]) -> Result<Fact, Undecodable> {
    Ok(Fact::Call(call, call::step(call, body)?))
}

/// Reads a change of a person.
pub fn person_fact(person: UserId, body: &[u8]) -> Result<Fact, Undecodable> {
    let event = PersonEvent::decode(body).map_err(|_| Undecodable("body"))?;
    if event.person_id.parse() != Ok(person) {
        return Err(Undecodable("person_id"));
    }
    let since = event.previous_state_time.map(|time| {
        let nanos = u32::try_from(time.nanos).ok();
        nanos
            .and_then(|nanos| DateTime::from_timestamp(time.seconds, nanos))
            .ok_or(Undecodable("previous_state_time"))
    });
    let change = person::Change {
        state: event.state(),
        previous: event.previous_state(),
        since: since.transpose()?.map(to_micros),
        queue: match event.queue_id.as_str() {
            "" => None,
            id => Some(id.parse().map_err(|_| Undecodable("queue_id"))?),
        },
    };
    Ok(Fact::Person(person, change))
}

fn change_fact(counted: &str, body: &[u8]) -> Result<Fact, Undecodable> {
    let event = ChangeEvent::decode(body).map_err(|_| Undecodable("body"))?;
    Ok(Fact::Change(Change {
        counted: bounded(counted),
        action: bounded(&event.action),
        subject: bounded(&event.subject_id),
        members: Membership::told_by(&event),
    }))
}

/// Months are opened for what is written: a clock gone wild must not open the year 9999.
fn is_plausible(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    const OLDEST: DateTime<Utc> = DateTime::from_timestamp(1_577_836_800, 0).unwrap();
    at >= OLDEST && at <= now + TimeDelta::days(1)
}

/// Postgres keeps microseconds; what is folded live must be what is folded from the log.
fn to_micros(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}

#[cfg(test)]
#[path = "convert_tests.rs"]
mod tests;
