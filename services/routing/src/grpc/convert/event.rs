//! `CallEvent`, as it stands in the event stream.

use api::routing::v1::{self as proto, call_event::Change};
use ids::{CallId, UserId};
use prost::Message;

use super::{call::outcome, time::duration};
use crate::domain::{Event, OfferEnd, QueueExit};

/// The bytes of one event of a call.
pub(crate) fn encode(call: CallId, event: &Event) -> Vec<u8> {
    let change = Some(change(event));
    proto::CallEvent {
        call_id: call.to_string(),
        change,
    }
    .encode_to_vec()
}

fn change(event: &Event) -> Change {
    match event {
        Event::Arrived {
            from,
            dialled,
            number,
            edge,
            leg,
        } => Change::Arrived(proto::CallArrived {
            from: from.clone(),
            dialled: dialled.clone(),
            number_id: number.to_string(),
            edge_id: edge.to_string(),
            leg_id: leg.to_string(),
        }),
        Event::Targeted { target, reason } => Change::Targeted(proto::CallTargeted {
            target_id: target.clone(),
            reason: reason.to_string(),
        }),
        Event::KeyPressed { menu, key, valid } => Change::KeyPressed(proto::CallKeyPressed {
            menu_id: menu.to_string(),
            key: key.clone(),
            valid: *valid,
        }),
        Event::Queued {
            queue,
            service_level_threshold,
            short_abandon_threshold,
        } => Change::Queued(proto::CallQueued {
            queue_id: queue.to_string(),
            service_level_threshold: Some(duration(*service_level_threshold)),
            short_abandon_threshold: Some(duration(*short_abandon_threshold)),
        }),
        Event::LeftQueue {
            queue,
            exit,
            waited,
            person: who,
        } => Change::LeftQueue(proto::CallLeftQueue {
            queue_id: queue.to_string(),
            exit: queue_exit(*exit).into(),
            waited: Some(duration(*waited)),
            person_id: person(who),
        }),
        Event::Offered {
            leg,
            person: who,
            via,
            token,
        } => Change::Offered(proto::CallOffered {
            leg_id: leg.to_string(),
            person_id: person(who),
            via_id: via.to_string(),
            epoch: token.map_or(0, |token| token.epoch),
            fence: token.map_or(0, |token| token.fence),
        }),
        Event::Ringing { leg } => Change::Ringing(proto::CallRinging {
            leg_id: leg.to_string(),
        }),
        Event::OfferEnded {
            leg,
            person: who,
            via,
            end,
            rang,
        } => Change::OfferEnded(proto::CallOfferEnded {
            leg_id: leg.to_string(),
            person_id: person(who),
            via_id: via.to_string(),
            end: offer_end(*end).into(),
            rang: Some(duration(*rang)),
        }),
        Event::SecondPickUp { leg, person } => Change::SecondPickUp(proto::CallSecondPickUp {
            leg_id: leg.to_string(),
            person_id: person.to_string(),
        }),
        Event::Answered {
            leg,
            person: who,
            via,
            rang,
        } => Change::Answered(proto::CallAnswered {
            leg_id: leg.to_string(),
            person_id: person(who),
            via_id: via.to_string(),
            rang: Some(duration(*rang)),
        }),
        Event::Held { leg } => Change::Held(proto::CallHeld {
            leg_id: leg.to_string(),
        }),
        Event::Resumed { leg, held } => Change::Resumed(proto::CallResumed {
            leg_id: leg.to_string(),
            held: Some(duration(*held)),
        }),
        Event::Voicemail { owner } => Change::Voicemail(proto::CallVoicemail {
            owner_id: owner.clone(),
        }),
        Event::Recorded {
            owner,
            location,
            length,
        } => Change::Recorded(proto::CallRecorded {
            owner_id: owner.clone(),
            location: location.clone(),
            length: Some(duration(*length)),
        }),
        Event::Ended {
            outcome: how,
            by,
            person: who,
            via,
            talked,
            held,
        } => Change::Ended(proto::CallEnded {
            outcome: outcome(*how).into(),
            by_leg_id: by.map_or_else(String::new, |leg| leg.to_string()),
            person_id: person(who),
            via_id: via.map_or_else(String::new, |via| via.to_string()),
            talked: Some(duration(*talked)),
            held: Some(duration(*held)),
        }),
    }
}

fn person(person: &Option<UserId>) -> String {
    person.as_ref().map_or_else(String::new, UserId::to_string)
}

fn queue_exit(exit: QueueExit) -> proto::QueueExit {
    match exit {
        QueueExit::Answered => proto::QueueExit::Answered,
        QueueExit::Abandoned => proto::QueueExit::Abandoned,
        QueueExit::TooLong => proto::QueueExit::TooLong,
        QueueExit::Full => proto::QueueExit::Full,
        QueueExit::Empty => proto::QueueExit::Empty,
        QueueExit::Failed => proto::QueueExit::Failed,
    }
}

fn offer_end(end: OfferEnd) -> proto::OfferEnd {
    match end {
        OfferEnd::Declined => proto::OfferEnd::Declined,
        OfferEnd::Missed => proto::OfferEnd::Missed,
        OfferEnd::Unreachable => proto::OfferEnd::Unreachable,
        OfferEnd::Taken => proto::OfferEnd::Taken,
        OfferEnd::Withdrawn => proto::OfferEnd::Withdrawn,
        OfferEnd::Busy => proto::OfferEnd::Busy,
    }
}
