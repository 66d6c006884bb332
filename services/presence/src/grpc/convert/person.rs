use api::presence::v1;
use chrono::{DateTime, Utc};
use ids::{AccountId, LegId};

use crate::{
    app::Seen,
    domain::{Lock, Person},
    grpc::tokens,
};

pub(in crate::grpc) fn timestamp(time: DateTime<Utc>) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: time.timestamp(),
        // Below 2^30 by definition.
        nanos: time.timestamp_subsec_nanos() as i32,
    }
}

pub(in crate::grpc) fn person(person: &Person) -> v1::Person {
    let choice = &person.choice;
    v1::Person {
        person_id: person.id.to_string(),
        state: v1::State::from(person.state).into(),
        state_time: Some(timestamp(person.state_time)),
        mode: v1::Mode::from(choice.mode).into(),
        mode_source: v1::ModeSource::from(choice.source).into(),
        mode_actor_id: choice.actor.clone().unwrap_or_default(),
        mode_until: choice.until.map(timestamp),
        mode_note: choice.note.clone().unwrap_or_default(),
        next_mode: person
            .next_mode
            .map_or(v1::Mode::Unspecified, Into::into)
            .into(),
        device_ids: person.devices.keys().map(ToString::to_string).collect(),
        lock: person.lock.as_ref().map(lock),
        wrap_up_until: person.wrap_up.map(|rest| timestamp(rest.until)),
        not_responding: person.not_responding,
        connection_lost: person.connection_lost(),
        queue_ids: person
            .logged_in()
            .map(|place| place.queue.to_string())
            .collect(),
        last_call_end_time: person.last_call_end.map(timestamp),
        version: version(person.version),
    }
}

pub(in crate::grpc) fn lock(lock: &Lock) -> v1::CallLock {
    v1::CallLock {
        call_id: lock.call.to_string(),
        leg_id: lock.leg.map(LegId::into).unwrap_or_default(),
        phase: v1::LockPhase::from(lock.phase).into(),
        epoch: lock.token.epoch,
        fence: lock.token.fence,
        phase_time: Some(timestamp(lock.since)),
        expire_time: Some(timestamp(lock.expires)),
    }
}

pub(in crate::grpc) fn seen(account: AccountId, seen: &Seen) -> v1::WatchPeopleResponse {
    // Somebody who has left is nobody's colleague any more: offline, in no queue.
    let left = || v1::Person {
        person_id: seen.id.to_string(),
        state: v1::State::Offline.into(),
        version: version(seen.version),
        ..v1::Person::default()
    };
    v1::WatchPeopleResponse {
        person: Some(seen.person.as_ref().map_or_else(left, person)),
        snapshot: seen.snapshot,
        resume_token: seen
            .resume
            .map(|place| tokens::resume(account, place))
            .unwrap_or_default(),
    }
}

fn version(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}
