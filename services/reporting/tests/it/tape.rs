//! What routing, presence and the others would have written, as a tape to be played to the bus.

use std::collections::HashMap;

use api::{
    access::v1::{ChangeEvent, FieldChange},
    presence::v1::{Cause, PersonEvent, State},
    routing::v1::{
        CallAnswered, CallArrived, CallEnded, CallEvent, CallLeftQueue, CallOfferEnded,
        CallOffered, CallOutcome, CallQueued, CallRecorded, OfferEnd, QueueExit,
        call_event::Change,
    },
};
use bytes::Bytes;
use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use clock::Clock;
use ids::{AccountId, CallId, EventId, LegId, QueueId, UserId};
use live::{Live, event::Envelope};
use prost::Message;

/// Events in the order in which they were written.
pub(crate) struct Tape {
    account: AccountId,
    /// When the next event happens.
    pub(crate) now: DateTime<Utc>,
    pub(crate) events: Vec<Envelope>,
    sequences: HashMap<(String, &'static str), u64>,
    states: HashMap<UserId, (State, DateTime<Utc>)>,
}

/// An offer under way.
#[derive(Clone, Copy)]
pub(crate) struct Ringing {
    pub(crate) call: CallId,
    pub(crate) leg: LegId,
    pub(crate) person: UserId,
    since: DateTime<Utc>,
}

/// Noon of yesterday: a quarter-hour's start, and past whenever the test runs.
pub(crate) fn noon() -> DateTime<Utc> {
    let yesterday = Clock::system().now().date_naive() - Days::new(1);
    yesterday.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(12)
}

impl Tape {
    pub(crate) fn of(account: AccountId) -> Self {
        Self {
            account,
            now: noon(),
            events: Vec::new(),
            sequences: HashMap::new(),
            states: HashMap::new(),
        }
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, seconds: i64) -> &mut Self {
        self.now += TimeDelta::seconds(seconds);
        self
    }

    /// Writes everything to the bus, and forgets it.
    pub(crate) async fn play(&mut self, live: &Live) {
        for chunk in std::mem::take(&mut self.events).chunks(500) {
            live::event::append(live, "tape", chunk).await.unwrap();
        }
    }

    pub(crate) fn arrive(&mut self, from: &str) -> CallId {
        let call = CallId::generate();
        let arrived = CallArrived {
            from: from.to_owned(),
            dialled: "+4930456".into(),
            ..CallArrived::default()
        };
        self.step(call, Change::Arrived(arrived));
        call
    }

    pub(crate) fn enter(&mut self, call: CallId, queue: QueueId) {
        self.step(
            call,
            Change::Queued(CallQueued {
                queue_id: queue.to_string(),
                service_level_threshold: duration(TimeDelta::seconds(20)),
                short_abandon_threshold: duration(TimeDelta::seconds(5)),
            }),
        );
    }

    pub(crate) fn leave(&mut self, call: CallId, queue: QueueId, exit: QueueExit, waited: i64) {
        self.step(
            call,
            Change::LeftQueue(CallLeftQueue {
                queue_id: queue.to_string(),
                exit: exit.into(),
                waited: duration(TimeDelta::seconds(waited)),
                person_id: String::new(),
            }),
        );
    }

    pub(crate) fn ring(&mut self, call: CallId, person: UserId, via: &str) -> Ringing {
        let leg = LegId::generate();
        self.step(
            call,
            Change::Offered(CallOffered {
                leg_id: leg.to_string(),
                person_id: person.to_string(),
                via_id: via.to_owned(),
                epoch: 1,
                fence: 1,
            }),
        );
        self.person(person, State::Ringing, Cause::Offered);
        Ringing {
            call,
            leg,
            person,
            since: self.now,
        }
    }

    pub(crate) fn answer(&mut self, ringing: Ringing, via: &str) {
        self.step(
            ringing.call,
            Change::Answered(CallAnswered {
                leg_id: ringing.leg.to_string(),
                person_id: ringing.person.to_string(),
                via_id: via.to_owned(),
                rang: duration(self.now - ringing.since),
            }),
        );
        self.person(ringing.person, State::OnACall, Cause::Answered);
    }

    pub(crate) fn give_up(&mut self, ringing: Ringing, via: &str, end: OfferEnd) {
        self.step(
            ringing.call,
            Change::OfferEnded(CallOfferEnded {
                leg_id: ringing.leg.to_string(),
                person_id: ringing.person.to_string(),
                via_id: via.to_owned(),
                end: end.into(),
                rang: duration(self.now - ringing.since),
            }),
        );
        self.person(ringing.person, State::Available, Cause::Withdrawn);
    }

    pub(crate) fn end(&mut self, call: CallId, outcome: CallOutcome) {
        self.step(
            call,
            Change::Ended(CallEnded {
                outcome: outcome.into(),
                ..CallEnded::default()
            }),
        );
    }

    /// The end of a talk with `person`, who then rests for `rest` seconds.
    pub(crate) fn hang_up(
        &mut self,
        call: CallId,
        person: UserId,
        via: &str,
        talked: i64,
        held: i64,
        rest: i64,
    ) {
        self.step(
            call,
            Change::Ended(CallEnded {
                outcome: CallOutcome::Answered.into(),
                person_id: person.to_string(),
                via_id: via.to_owned(),
                talked: duration(TimeDelta::seconds(talked)),
                held: duration(TimeDelta::seconds(held)),
                ..CallEnded::default()
            }),
        );
        self.person(person, State::WrapUp, Cause::Released);
        self.wait(rest);
        let queue = if via.starts_with("que_") { via } else { "" };
        self.person_event(person, State::Available, Cause::WrapUpEnded, queue);
    }

    pub(crate) fn record_voicemail(&mut self, call: CallId, location: &str) {
        self.step(
            call,
            Change::Recorded(CallRecorded {
                location: location.to_owned(),
                ..CallRecorded::default()
            }),
        );
    }

    pub(crate) fn person(&mut self, person: UserId, state: State, cause: Cause) {
        self.person_event(person, state, cause, "");
    }

    pub(crate) fn change(&mut self, actor: &str, action: &str, subject: &str) {
        let event = ChangeEvent {
            action: action.to_owned(),
            subject_id: subject.to_owned(),
            network: "192.0.2.0/24".into(),
            result: "OK".into(),
            ..ChangeEvent::default()
        };
        self.write(
            "strowger.access.v1.ChangeEvent",
            subject.to_owned(),
            event.encode_to_vec(),
        );
        if let Some(last) = self.events.last_mut() {
            last.actor = actor.to_owned();
        }
    }

    /// Directory tells who is in a queue or ring group now.
    pub(crate) fn enroll(&mut self, of: &str, field: &str, members: &[UserId]) {
        let members: Vec<String> = members.iter().map(ToString::to_string).collect();
        let event = ChangeEvent {
            action: "queue.updated".to_owned(),
            subject_id: of.to_owned(),
            changes: vec![FieldChange {
                field: field.to_owned(),
                before: String::new(),
                after: members.join(", "),
            }],
            result: "OK".into(),
            ..ChangeEvent::default()
        };
        self.write(
            "strowger.access.v1.ChangeEvent",
            of.to_owned(),
            event.encode_to_vec(),
        );
    }

    pub(crate) fn step(&mut self, call: CallId, change: Change) {
        let event = CallEvent {
            call_id: call.to_string(),
            change: Some(change),
        };
        self.write(
            "strowger.routing.v1.CallEvent",
            call.to_string(),
            event.encode_to_vec(),
        );
    }

    fn person_event(&mut self, person: UserId, state: State, cause: Cause, queue: &str) {
        let (previous, since) = self
            .states
            .insert(person, (state, self.now))
            .unwrap_or((State::Offline, self.now));
        let event = PersonEvent {
            person_id: person.to_string(),
            state: state.into(),
            previous_state: previous.into(),
            previous_state_time: Some(prost_types::Timestamp {
                seconds: since.timestamp(),
                nanos: since.timestamp_subsec_nanos().cast_signed(),
            }),
            queue_id: queue.to_owned(),
            cause: cause.into(),
            ..PersonEvent::default()
        };
        self.write(
            "strowger.presence.v1.PersonEvent",
            person.to_string(),
            event.encode_to_vec(),
        );
    }

    pub(crate) fn write(&mut self, kind: &'static str, subject: String, body: Vec<u8>) {
        let sequence = self.sequences.entry((subject.clone(), kind)).or_default();
        *sequence += 1;
        self.events.push(Envelope {
            id: EventId::generate(),
            account: self.account,
            subject,
            seq: *sequence,
            at: self.now,
            actor: String::new(),
            kind: kind.to_owned(),
            traceparent: String::new(),
            body: Bytes::from(body),
        });
    }
}

fn duration(length: TimeDelta) -> Option<prost_types::Duration> {
    Some(prost_types::Duration {
        seconds: length.num_seconds(),
        nanos: length.subsec_nanos(),
    })
}
