use api::routing::v1::{CallEvent, CallLeftQueue, CallRinging, call_event};
use bytes::Bytes;
use ids::{AccountId, EventId, QueueId};

use super::*;
use crate::domain::step::Step;

fn now() -> DateTime<Utc> {
    "2026-12-01T12:00:00Z".parse().unwrap()
}

fn envelope(kind: &str, subject: String, body: Vec<u8>) -> Envelope {
    Envelope {
        id: EventId::generate(),
        account: AccountId::generate(),
        subject,
        seq: 1,
        at: now(),
        actor: String::new(),
        kind: kind.to_owned(),
        traceparent: String::new(),
        body: Bytes::from(body),
    }
}

/// Made in 2023, like every id of a test that must not depend on the day it runs.
fn call() -> CallId {
    "call_01h455vb4pex5vsknk084sn02q".parse().unwrap()
}

fn of_call(change: Option<call_event::Change>) -> Envelope {
    let body = CallEvent {
        call_id: call().to_string(),
        change,
    }
    .encode_to_vec();
    envelope(CALL_EVENT, call().to_string(), body)
}

fn malformed(envelope: Envelope) -> &'static str {
    match event(envelope, now()) {
        Err(Skipped::Malformed(Undecodable(field))) => field,
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn a_step_that_is_not_known_yet_is_noted() {
    let event = event(of_call(None), now()).unwrap();
    assert_eq!(event.fact, Fact::Call(call(), Step::Noted));
}

#[test]
fn another_type_is_skipped() {
    let other = envelope(
        "strowger.directory.v1.PlanChanged",
        "que_x".into(),
        Vec::new(),
    );
    assert_eq!(event(other, now()), Err(Skipped::Unknown));
}

#[test]
fn rubbish_is_named() {
    assert_eq!(
        malformed(envelope(CALL_EVENT, "call_x".into(), Vec::new())),
        "subject"
    );
    assert_eq!(
        malformed(envelope(CALL_EVENT, call().to_string(), vec![0xff])),
        "body"
    );
    assert_eq!(
        malformed(envelope(CALL_EVENT, call().to_string(), Vec::new())),
        "call_id"
    );
    assert_eq!(
        malformed(envelope(
            PERSON_EVENT,
            UserId::generate().to_string(),
            Vec::new()
        )),
        "person_id"
    );
    let no_leg = call_event::Change::Offered(Default::default());
    assert_eq!(malformed(of_call(Some(no_leg))), "leg_id");
}

#[test]
fn clocks_gone_wild_are_refused() {
    let mut ringing = of_call(Some(call_event::Change::Ringing(CallRinging::default())));
    for at in [
        "1970-01-01T00:00:00Z",
        "2019-12-31T23:59:59Z",
        "2026-12-02T12:00:01Z",
        "9999-01-01T00:00:00Z",
    ] {
        ringing.at = at.parse().unwrap();
        assert_eq!(malformed(ringing.clone()), "at", "{at}");
    }
    let early: CallId = "call_00000000000000000000000000".parse().unwrap();
    assert_eq!(
        malformed(envelope(CALL_EVENT, early.to_string(), Vec::new())),
        "subject"
    );
}

#[test]
fn durations_that_cannot_be_are_bounded() {
    let queue = QueueId::generate();
    for (seconds, nanos, expected) in [
        (-5, 0, TimeDelta::zero()),
        (i64::MAX, i32::MAX, TimeDelta::zero()),
        (i64::from(i32::MAX), 0, TimeDelta::days(366)),
        (1, 999_999_999, TimeDelta::microseconds(1_999_999)),
    ] {
        let waited = Some(prost_types::Duration { seconds, nanos });
        let left = CallLeftQueue {
            queue_id: queue.to_string(),
            waited,
            ..Default::default()
        };
        let event = event(of_call(Some(call_event::Change::LeftQueue(left))), now()).unwrap();
        let Fact::Call(_, Step::LeftQueue { waited, .. }) = event.fact else {
            unreachable!()
        };
        assert_eq!(waited, expected, "{seconds} {nanos}");
    }
}
