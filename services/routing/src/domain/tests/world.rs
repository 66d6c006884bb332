//! A small world: calls, a floor, a clock, and a process that may crash
//! between a commit and what follows it. Every step checks what must always
//! be true.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use ids::{AccountId, CallId, EdgeId, LegId, UserId};

use super::{
    super::*,
    floor::{Floor, Phase},
    grammar::Grammar,
};

/// What becomes of the requests that follow a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weather {
    Fair,
    /// The process dies before it asks presence.
    CrashBefore,
    /// Presence acts, and its answer is lost.
    LoseReply,
}

pub(super) struct World {
    pub(super) now: Time,
    pub(super) plan: Plan,
    pub(super) floor: Floor,
    pub(super) calls: BTreeMap<CallId, Call>,
    pub(super) grammar: BTreeMap<CallId, Grammar>,
    pub(super) events: BTreeMap<CallId, Vec<Event>>,
    pub(super) commands: BTreeMap<CallId, Vec<Command>>,
    pub(super) weather: Weather,
    next_call: u128,
}

impl World {
    pub(super) fn new(plan: Plan) -> Self {
        Self {
            now: Time::from_millis(1_800_000_000_000),
            plan,
            floor: Floor::default(),
            calls: BTreeMap::new(),
            grammar: BTreeMap::new(),
            events: BTreeMap::new(),
            commands: BTreeMap::new(),
            weather: Weather::Fair,
            next_call: 0x0190_0000_0000_7000_8000_0000_0000_0000,
        }
    }

    pub(super) fn arrive(&mut self, dialled: &str) -> Result<CallId, String> {
        self.next_call += 1 << 70;
        let call = CallId::from_uuid(uuid::Uuid::from_u128(self.next_call));
        let arrival = Arrival {
            call,
            account: AccountId::from_uuid(uuid::Uuid::from_u128(1)),
            edge: EdgeId::from_uuid(uuid::Uuid::from_u128(2)),
            from: "+4930123456".to_owned(),
            from_name: String::new(),
            dialled: dialled.to_owned(),
        };
        let mut transition = open(arrival.clone(), &self.plan, self.situation(None))
            .map_err(|rejected| rejected.to_string())?;
        if let Some(full) = self.refused_as_full(&transition.call) {
            transition = open(arrival, &self.plan, self.situation(Some(full)))
                .map_err(|rejected| rejected.to_string())?;
        }
        self.commit(transition)?;
        Ok(call)
    }

    /// Feeds an input; what is rejected changes nothing.
    pub(super) fn tell(&mut self, id: CallId, input: Input) -> Result<(), String> {
        let Some(call) = self.calls.get(&id) else {
            return Ok(());
        };
        let decided = decide(
            call.clone(),
            &self.plan,
            input.clone(),
            self.situation(None),
        );
        if decided
            != decide(
                call.clone(),
                &self.plan,
                input.clone(),
                self.situation(None),
            )
        {
            return Err(format!("decided twice, differently: {input:?}"));
        }
        let Ok(mut transition) = decided else {
            return Ok(());
        };
        if let Some(full) = self.refused_as_full(&transition.call) {
            match decide(call.clone(), &self.plan, input, self.situation(Some(full))) {
                Ok(again) => transition = again,
                Err(_) => return Ok(()),
            }
        }
        self.commit(transition)
    }

    /// Lets time pass, firing every deadline on the way.
    pub(super) fn advance(&mut self, span: Duration) -> Result<(), String> {
        let end = self.now + span;
        while let Some((deadline, id)) = self
            .next_deadline()
            .filter(|(deadline, _)| *deadline <= end)
        {
            self.now = self.now.max(deadline);
            self.floor.expire(self.now);
            let before = self.calls.get(&id).cloned();
            self.tell(id, Input::Timer)?;
            if self.calls.get(&id).and_then(Call::deadline)
                == before.as_ref().and_then(Call::deadline)
            {
                return Err(format!("a timer that fires for ever: {before:?}"));
            }
        }
        self.now = end;
        self.floor.expire(end);
        Ok(())
    }

    pub(super) fn next_deadline(&self) -> Option<(Time, CallId)> {
        self.calls
            .values()
            .filter_map(|call| Some((call.deadline()?, call.id)))
            .min()
    }

    pub(super) fn call(&self, id: CallId) -> &Call {
        &self.calls[&id]
    }

    /// The newest live leg of a person in a call.
    pub(super) fn leg(&self, id: CallId, person: UserId) -> LegId {
        self.calls[&id]
            .leg_of(person)
            .expect("the person is being rung")
            .id
    }

    pub(super) fn rung(&self, id: CallId) -> Vec<UserId> {
        let live = |leg: &&Leg| leg.state != LegState::Ended;
        self.calls[&id]
            .legs
            .iter()
            .filter(live)
            .filter_map(|leg| leg.person)
            .collect()
    }

    /// Somebody may have become free: the heads of all lines ask, in order.
    pub(super) fn match_waiting(&mut self) -> Result<(), String> {
        let mut waiting: Vec<_> = self
            .calls
            .values()
            .filter_map(|call| Some((call.line(|_| 0)?.since, call.id)))
            .collect();
        waiting.sort();
        waiting
            .into_iter()
            .try_for_each(|(_, id)| self.tell(id, Input::Seek))
    }

    fn situation(&self, full: Option<ids::QueueId>) -> Situation {
        Situation {
            now: self.now,
            full,
        }
    }

    fn refused_as_full(&self, call: &Call) -> Option<ids::QueueId> {
        let size_limit = |queue| {
            self.plan
                .queues
                .get(&queue)
                .map_or(0, |queue| queue.max_size)
        };
        let line = call.line(size_limit)?;
        let others = self.calls.values().filter(|other| other.id != call.id);
        let waiting = others
            .filter(|other| {
                other
                    .line(|_| 0)
                    .is_some_and(|other| other.queue == line.queue)
            })
            .count();
        (line.limit > 0 && waiting >= line.limit as usize).then_some(line.queue)
    }

    fn commit(&mut self, transition: Transition) -> Result<(), String> {
        let id = transition.call.id;
        for event in &transition.events {
            self.grammar.entry(id).or_default().read(event)?;
        }
        self.events.entry(id).or_default().extend(transition.events);
        self.commands
            .entry(id)
            .or_default()
            .extend(transition.commands);
        self.calls.insert(id, transition.call);
        self.check()?;
        let mut answers = VecDeque::new();
        for FloorOperation { number, request } in transition.floor {
            let operation = self.calls[&id].operation_id(number);
            match self.weather {
                Weather::CrashBefore => continue,
                Weather::LoseReply => {
                    self.floor.run(&operation, id, &request, self.now);
                }
                Weather::Fair => {
                    answers.push_back((number, self.floor.run(&operation, id, &request, self.now)));
                }
            }
        }
        while let Some((operation, result)) = answers.pop_front() {
            self.tell(id, Input::Floor { operation, result })?;
        }
        for Tell { call, input } in transition.tells {
            if self.weather == Weather::Fair {
                self.tell(call, input)?;
            }
        }
        Ok(())
    }

    /// What must be true after every step.
    pub(super) fn check(&self) -> Result<(), String> {
        let mut talking: BTreeMap<UserId, CallId> = BTreeMap::new();
        for call in self.calls.values() {
            if call.deadline().is_none() && !call.is_settled() {
                return Err(format!("a call without a timer: {call:?}"));
            }
            if call.is_ended() != self.grammar[&call.id].ended {
                return Err(format!("state and events disagree about the end: {call:?}"));
            }
            for (person, _) in call.held_locks() {
                if let Some(other) = talking.insert(person, call.id) {
                    return Err(format!("{person} talks in {other} and {}", call.id));
                }
            }
        }
        Ok(())
    }

    /// Everybody hangs up, the weather clears: all must come to rest.
    pub(super) fn heal(&mut self) -> Result<(), String> {
        self.weather = Weather::Fair;
        for id in self.calls.keys().copied().collect::<Vec<_>>() {
            let caller = self.calls[&id].caller;
            self.tell(
                id,
                Input::LegEnded {
                    leg: caller,
                    cause: HangupCause::Normal,
                },
            )?;
        }
        self.advance(Duration::from_secs(30))?;
        if let Some(call) = self.calls.values().find(|call| !call.is_settled()) {
            return Err(format!("never settled: {call:?}"));
        }
        for (person, seat) in &self.floor.seats {
            if seat.lock.is_some_and(|lock| lock.phase == Phase::OnCall) {
                return Err(format!("{person} is stuck: {seat:?}"));
            }
        }
        // Offers whose answer was lost before the end run out by themselves.
        self.advance(Duration::from_secs(200))?;
        match self
            .floor
            .seats
            .iter()
            .find(|(_, seat)| seat.lock.is_some() || !seat.offers.is_empty())
        {
            Some((person, seat)) => Err(format!("{person} is still offered: {seat:?}")),
            None => Ok(()),
        }
    }
}
