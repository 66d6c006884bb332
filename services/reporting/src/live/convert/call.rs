//! Steps of a call.

use api::routing::v1::{CallEvent, call_event::Change};
use chrono::TimeDelta;
use ids::{CallId, LegId, UserId};
use prost::Message;

use super::{Undecodable, text::bounded};
use crate::domain::step::{Offer, Step, Via};

pub(super) fn step(call: CallId, body: &[u8]) -> Result<Step, Undecodable> {
    let event = CallEvent::decode(body).map_err(|_| Undecodable("body"))?;
    if event.call_id.parse() != Ok(call) {
        return Err(Undecodable("call_id"));
    }
    // A step that this version does not know stands in the timeline all the same.
    let Some(change) = event.change else {
        return Ok(Step::Noted);
    };
    Ok(match change {
        Change::Arrived(arrived) => Step::Arrived {
            from: bounded(&arrived.from),
            dialled: bounded(&arrived.dialled),
            number: optional("number_id", &arrived.number_id)?,
        },
        Change::Queued(queued) => Step::Queued {
            queue: required("queue_id", &queued.queue_id)?,
            service_level: length(queued.service_level_threshold),
            short_abandon: length(queued.short_abandon_threshold),
        },
        Change::LeftQueue(left) => Step::LeftQueue {
            queue: required("queue_id", &left.queue_id)?,
            exit: left.exit(),
            waited: length(left.waited),
        },
        Change::Offered(offered) => {
            Step::Offered(offer(&offered.leg_id, &offered.person_id, &offered.via_id)?)
        }
        Change::OfferEnded(ended) => Step::OfferEnded {
            offer: offer(&ended.leg_id, &ended.person_id, &ended.via_id)?,
            end: ended.end(),
            rang: length(ended.rang),
        },
        Change::Answered(answered) => Step::Answered {
            offer: offer(&answered.leg_id, &answered.person_id, &answered.via_id)?,
            rang: length(answered.rang),
        },
        Change::Recorded(recorded) => Step::Recorded {
            location: bounded(&recorded.location),
        },
        Change::Ended(ended) => Step::Ended {
            outcome: ended.outcome(),
            person: optional("person_id", &ended.person_id)?,
            via: Via::new(bounded(&ended.via_id)),
            talked: length(ended.talked),
            held: length(ended.held),
        },
        Change::Targeted(_)
        | Change::KeyPressed(_)
        | Change::Ringing(_)
        | Change::Held(_)
        | Change::Resumed(_)
        | Change::Voicemail(_)
        | Change::SecondPickUp(_) => Step::Noted,
    })
}

fn offer(leg: &str, person: &str, via: &str) -> Result<Offer, Undecodable> {
    let leg: LegId = required("leg_id", leg)?;
    let person: Option<UserId> = optional("person_id", person)?;
    Ok(Offer {
        leg,
        person,
        via: Via::new(bounded(via)),
    })
}

fn required<Id: std::str::FromStr>(field: &'static str, text: &str) -> Result<Id, Undecodable> {
    text.parse().map_err(|_| Undecodable(field))
}

fn optional<Id: std::str::FromStr>(
    field: &'static str,
    text: &str,
) -> Result<Option<Id>, Undecodable> {
    if text.is_empty() {
        Ok(None)
    } else {
        required(field, text).map(Some)
    }
}

/// A duration that can be summed: nothing here is negative or takes a year, whatever was sent, and
/// nothing is finer than what Postgres keeps.
fn length(duration: Option<prost_types::Duration>) -> TimeDelta {
    const LONGEST: TimeDelta = TimeDelta::days(366);
    let length = duration.and_then(|duration| {
        let seconds = TimeDelta::try_seconds(duration.seconds)?;
        seconds.checked_add(&TimeDelta::microseconds(i64::from(duration.nanos) / 1000))
    });
    length.unwrap_or_default().clamp(TimeDelta::zero(), LONGEST)
}
