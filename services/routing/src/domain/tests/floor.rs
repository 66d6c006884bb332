//! A reference model of presence, as far as routing can tell: who holds whom,
//! one operation id one effect.

use std::collections::{BTreeMap, HashMap};

use ids::{CallId, QueueId, UserId};

use super::super::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Offered { until: Time },
    OnCall,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Lock {
    pub(super) call: CallId,
    pub(super) phase: Phase,
    token: Token,
}

#[derive(Debug, Default, Clone)]
pub(super) struct Seat {
    pub(super) lock: Option<Lock>,
    pub(super) offers: BTreeMap<CallId, (Token, Time)>,
    last_call_end: i64,
    last_offer: i64,
}

#[derive(Debug, Default)]
pub(super) struct Floor {
    pub(super) seats: BTreeMap<UserId, Seat>,
    pub(super) members: HashMap<QueueId, Vec<UserId>>,
    answers: HashMap<String, FloorResult>,
    fence: i64,
    /// Planted bug: calls are offered and granted to a person on a call.
    pub(super) forgets_locks: bool,
}

impl Floor {
    pub(super) fn run(
        &mut self,
        operation: &str,
        call: CallId,
        request: &FloorRequest,
        now: Time,
    ) -> FloorResult {
        if let Some(answer) = self.answers.get(operation) {
            return answer.clone();
        }
        let answer = self.execute(call, request, now);
        self.answers.insert(operation.to_owned(), answer.clone());
        answer
    }

    /// Offers end by themselves; calls do not, because their legs live.
    pub(super) fn expire(&mut self, now: Time) {
        for seat in self.seats.values_mut() {
            seat.offers.retain(|_, (_, until)| *until > now);
            if matches!(seat.lock, Some(Lock { phase: Phase::Offered { until }, .. }) if until <= now)
            {
                seat.lock = None;
            }
        }
    }

    fn execute(&mut self, call: CallId, request: &FloorRequest, now: Time) -> FloorResult {
        match request {
            FloorRequest::Reserve {
                queue,
                lease,
                avoid,
            } => self.reserve(call, *queue, now + *lease, avoid, now),
            FloorRequest::Offer {
                people,
                kind,
                limit,
                order,
                lease,
            } => self.offer(call, people, *kind, *limit, *order, now + *lease, now),
            FloorRequest::Answer {
                person,
                token,
                losers,
                ..
            } => self.answer(call, *person, *token, losers),
            FloorRequest::Decline { person, token, .. } => {
                let seat = self.seats.entry(*person).or_default();
                if seat
                    .lock
                    .is_some_and(|lock| lock.call == call && lock.token == *token)
                {
                    seat.lock = None;
                }
                if seat
                    .offers
                    .get(&call)
                    .is_some_and(|(other, _)| other == token)
                {
                    seat.offers.remove(&call);
                }
                FloorResult::Done
            }
            FloorRequest::Withdraw { people } => {
                people
                    .iter()
                    .for_each(|person| self.withdraw(call, *person));
                FloorResult::Done
            }
            FloorRequest::Release { person, token, .. } => {
                let seat = self.seats.entry(*person).or_default();
                if seat
                    .lock
                    .is_some_and(|lock| lock.call == call && lock.token <= *token)
                {
                    seat.lock = None;
                    seat.last_call_end = now.millis();
                }
                FloorResult::Done
            }
        }
    }

    fn withdraw(&mut self, call: CallId, person: UserId) {
        let seat = self.seats.entry(person).or_default();
        seat.offers.remove(&call);
        if matches!(seat.lock, Some(Lock { call: other, phase: Phase::Offered { .. }, .. }) if other == call)
        {
            seat.lock = None;
        }
    }

    fn grant(&mut self) -> Token {
        self.fence += 1;
        Token {
            epoch: 1,
            fence: self.fence,
        }
    }

    fn reserve(
        &mut self,
        call: CallId,
        queue: QueueId,
        until: Time,
        avoid: &[UserId],
        now: Time,
    ) -> FloorResult {
        let members = self.members.get(&queue).cloned().unwrap_or_default();
        let free = |floor: &Self, person: &UserId| {
            floor
                .seats
                .get(person)
                .is_none_or(|seat| seat.lock.is_none() && seat.offers.is_empty())
        };
        let mut ready: Vec<_> = members
            .iter()
            .filter(|person| free(self, person))
            .copied()
            .collect();
        ready.sort_by_key(|person| {
            (
                avoid.contains(person),
                self.seats.get(person).map_or(0, |seat| seat.last_call_end),
            )
        });
        let reservation = ready.first().map(|person| {
            let token = self.grant();
            let seat = self.seats.entry(*person).or_default();
            seat.lock = Some(Lock {
                call,
                phase: Phase::Offered { until },
                token,
            });
            seat.last_offer = now.millis();
            Reservation {
                person: *person,
                token,
                devices: Vec::new(),
            }
        });
        FloorResult::Reserved {
            reservation,
            logged_in: members.len() as u32,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one request")]
    fn offer(
        &mut self,
        call: CallId,
        people: &[UserId],
        kind: OfferKind,
        limit: u32,
        order: OfferOrder,
        until: Time,
        now: Time,
    ) -> FloorResult {
        let mut sorted = people.to_vec();
        let seats = &self.seats;
        sorted.sort_by_key(|person| {
            let seat = seats.get(person);
            match order {
                OfferOrder::Listed => 0,
                OfferOrder::LongestIdle => seat.map_or(0, |seat| seat.last_call_end),
                OfferOrder::LeastRecentlyOffered => seat.map_or(0, |seat| seat.last_offer),
            }
        });
        let mut placed = 0;
        let mut outcomes = HashMap::new();
        for person in sorted {
            let outcome = if limit > 0 && placed >= limit {
                OfferOutcome::NotTried
            } else if !self.forgets_locks
                && self
                    .seats
                    .get(&person)
                    .is_some_and(|seat| seat.lock.is_some())
            {
                OfferOutcome::Busy
            } else {
                placed += 1;
                let token = self.grant();
                let seat = self.seats.entry(person).or_default();
                seat.last_offer = now.millis();
                match kind {
                    OfferKind::Shared => {
                        seat.offers.insert(call, (token, until));
                    }
                    OfferKind::Exclusive => {
                        seat.lock = Some(Lock {
                            call,
                            phase: Phase::Offered { until },
                            token,
                        })
                    }
                }
                OfferOutcome::Placed(Reservation {
                    person,
                    token,
                    devices: Vec::new(),
                })
            };
            outcomes.insert(person, outcome);
        }
        FloorResult::Offered(
            people
                .iter()
                .map(|person| Offered {
                    person: *person,
                    outcome: outcomes[person].clone(),
                })
                .collect(),
        )
    }

    fn answer(
        &mut self,
        call: CallId,
        person: UserId,
        token: Token,
        losers: &[UserId],
    ) -> FloorResult {
        let seat = self.seats.entry(person).or_default();
        let shared = seat
            .offers
            .get(&call)
            .is_some_and(|(other, _)| *other == token);
        match seat.lock {
            Some(lock) if lock.call == call && lock.token == token => {}
            Some(lock) if lock.call != call && !self.forgets_locks => {
                return FloorResult::Refused(Refusal::Busy);
            }
            _ if shared => {}
            _ => return FloorResult::Refused(Refusal::OfferGone),
        }
        let token = self.grant();
        let seat = self.seats.entry(person).or_default();
        seat.lock = Some(Lock {
            call,
            phase: Phase::OnCall,
            token,
        });
        let withdrawn = core::mem::take(&mut seat.offers)
            .into_keys()
            .filter(|other| *other != call)
            .collect();
        losers.iter().for_each(|loser| self.withdraw(call, *loser));
        FloorResult::Answered { token, withdrawn }
    }
}
