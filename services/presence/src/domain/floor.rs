//! The reference for the scripts: everybody of one account, and every operation on them.

mod calls;
mod people;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use ids::{CallId, DeviceId, QueueId, UserId};

use super::{
    Cause, Choice, Event, Instant, Lock, Membership, Person, Phase, State, Strategy, Token,
};

/// Everybody of one account.
#[derive(Debug, Clone, Default)]
pub struct Floor {
    /// By id.
    pub people: BTreeMap<UserId, Person>,
    /// By id.
    pub queues: BTreeMap<QueueId, Queue>,
    /// The last token granted; the first grant has fence 1.
    pub last: Option<Token>,
    /// Every change so far, oldest first.
    pub events: Vec<Event>,
}

/// A queue as far as presence knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue {
    /// Who is chosen.
    pub strategy: Strategy,
    /// The last turn given out, for ROUND_ROBIN.
    pub turn: u64,
}

/// How an offer holds a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Reserved while ringing.
    Exclusive,
    /// May ring for several calls; locked by the answer.
    Shared,
}

/// Whom an offer with a limit tries first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As asked for.
    Listed,
    /// Whose last call ended longest ago.
    LongestIdle,
    /// Who was offered a call longest ago.
    LeastRecentlyOffered,
}

/// Why an offer passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// On purpose.
    Declined,
    /// The time was over.
    Missed,
    /// No device could be reached.
    Unreachable,
}

/// An offer that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Who is offered the call.
    pub person: UserId,
    /// The right to act on it.
    pub token: Token,
    /// When it falls by itself.
    pub expires: Instant,
    /// Devices with a live heartbeat.
    pub devices: Vec<DeviceId>,
}

/// What became of one offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It stands.
    Placed(Placed),
    /// On a call, reserved or ringing for one (which is named), resting, or not taking queue calls.
    Busy(Option<CallId>),
    /// No live device.
    Offline,
    /// The mode lets no call through.
    Away,
    /// No such person.
    Unknown,
    /// The limit was reached before.
    NotTried,
}

/// Why an operation changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No such person.
    PersonUnknown,
    /// Not to be reached.
    PersonSuspended,
    /// Not a device of the person.
    DeviceUnknown,
    /// No such queue.
    QueueUnknown,
    /// Not a dynamic member of the queue.
    NotAMember,
    /// The offer is over.
    OfferGone,
    /// Another call holds the person.
    PersonBusy(CallId),
    /// There is a later grant.
    TokenStale,
}

/// What the plan says about one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// Who.
    pub person: UserId,
    /// In ring order.
    pub devices: Vec<DeviceId>,
    /// In queue order.
    pub memberships: Vec<Membership>,
    /// Not to be reached until resumed.
    pub suspended: bool,
}

impl Floor {
    /// Everything about a person that is due at `now` ends, each with its event.
    pub fn tick(&mut self, person: UserId, now: Instant) {
        let Some(mut found) = self.people.remove(&person) else {
            return;
        };
        self.settle(&mut found, now);
        self.keep(found);
    }

    /// Takes a person out of the floor, up to `now`; [`Floor::keep`] puts them back.
    fn take(&mut self, person: UserId, now: Instant) -> Option<Person> {
        let mut found = self.people.remove(&person)?;
        self.settle(&mut found, now);
        Some(found)
    }

    fn keep(&mut self, person: Person) {
        let is_over = person.gone && person.lock.is_none() && person.wrap_up.is_none();
        if !is_over {
            self.people.insert(person.id, person);
        }
    }

    fn settle(&mut self, person: &mut Person, now: Instant) {
        if let Some(lock) = person.lock.filter(|lock| lock.expires <= now) {
            person.lock = None;
            if lock.phase == Phase::OnCall {
                person.last_call_end = Some(now);
                begin_next_mode(person);
            }
            self.note(person, Cause::LockExpired, Some(lock.call), None, now);
        }
        let late: Vec<CallId> = person
            .offers
            .iter()
            .filter(|(_, offer)| offer.expires <= now)
            .map(|(call, _)| *call)
            .collect();
        for call in late {
            person.offers.remove(&call);
            self.note(person, Cause::LockExpired, Some(call), None, now);
        }
        if person.wrap_up.is_some_and(|rest| rest.until <= now) {
            self.finish_wrap_up(person, now);
        }
        if person.choice.until.is_some_and(|until| until <= now) {
            person.choice = Choice::by_default();
            person.next_mode = None;
            self.note(person, Cause::ModeEnded, None, None, now);
        }
        let silent: Vec<DeviceId> = person
            .devices
            .iter()
            .filter(|(_, lease)| **lease <= now)
            .map(|(device, _)| *device)
            .collect();
        for device in silent {
            person.devices.remove(&device);
            self.note(person, Cause::Disconnected, None, None, now);
        }
    }

    fn finish_wrap_up(&mut self, person: &mut Person, now: Instant) {
        if let Some(rest) = person.wrap_up.take() {
            begin_next_mode(person);
            self.note(person, Cause::WrapUpEnded, Some(rest.call), rest.queue, now);
        }
    }

    /// One change, one version, one event.
    fn note(
        &mut self,
        person: &mut Person,
        cause: Cause,
        call: Option<CallId>,
        queue: Option<QueueId>,
        now: Instant,
    ) {
        let (previous, previous_since) = (person.state, person.state_time);
        let state = State::of(person);
        person.version += 1;
        if state != previous {
            (person.state, person.state_time) = (state, now);
        }
        self.events.push(Event {
            person: person.id,
            state,
            previous,
            previous_since,
            call,
            queue,
            cause,
            version: person.version,
            mode: person.choice.mode,
        });
    }

    fn grant(&mut self) -> Token {
        let mut token = self.last.unwrap_or(Token { epoch: 0, fence: 0 });
        token.fence += 1;
        self.last = Some(token);
        token
    }
}

fn begin_next_mode(person: &mut Person) {
    if let Some(mode) = person.next_mode.take() {
        person.choice = Choice::own(mode, person.id);
    }
}

/// The token under which a call is offered to a person.
fn offer_token(person: &Person, call: CallId) -> Option<Token> {
    match person.lock {
        Some(Lock {
            call: held,
            phase: Phase::Offered,
            token,
            ..
        }) if held == call => Some(token),
        _ => person.offers.get(&call).map(|offer| offer.token),
    }
}

/// Takes a call's offer away, however it holds the person.
fn drop_offer(person: &mut Person, call: CallId) -> bool {
    let is_offered = offer_token(person, call).is_some();
    if is_offered && person.lock.is_some_and(|lock| lock.call == call) {
        person.lock = None;
    }
    person.offers.remove(&call);
    is_offered
}

fn after(now: Instant, duration: TimeDelta) -> Instant {
    now + duration
}
