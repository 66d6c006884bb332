//! What routing does.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use ids::{CallId, LegId, QueueId, UserId};

use super::{
    Floor, Kind, Order, Outcome, Pass, Placed, Refusal, after, begin_next_mode, drop_offer,
    offer_token,
};
use crate::domain::{Cause, Instant, Lock, Mode, Offer, Person, Phase, Strategy, Token, WrapUp};

impl Floor {
    /// Chooses the best free person of a queue and holds them for a call. `draw` is the lot of
    /// RANDOM.
    pub fn reserve(
        &mut self,
        queue: QueueId,
        call: CallId,
        lease: TimeDelta,
        draw: u64,
        avoid: &BTreeSet<UserId>,
        now: Instant,
    ) -> Result<Option<Placed>, Refusal> {
        let strategy = self
            .queues
            .get(&queue)
            .ok_or(Refusal::QueueUnknown)?
            .strategy;
        let mut line = self.ready_line(queue);
        if strategy == Strategy::Random && !line.is_empty() {
            let lowest = line[0].0 / 100_000_000_000_000;
            let tier = line
                .iter()
                .filter(|(score, _)| score / 100_000_000_000_000 == lowest)
                .count();
            line[..tier].rotate_left((draw % tier as u64) as usize);
        }
        let (avoided, others): (Vec<_>, Vec<_>) = line
            .into_iter()
            .map(|(_, id)| id)
            .partition(|id| avoid.contains(id));
        for id in others.into_iter().chain(avoided) {
            let Some(mut person) = self.take(id, now) else {
                continue;
            };
            if !person.ready().contains_key(&queue) {
                self.keep(person);
                continue;
            }
            if strategy == Strategy::RoundRobin
                && let Some(queue_state) = self.queues.get_mut(&queue)
            {
                queue_state.turn += 1;
                person.turns.insert(queue, queue_state.turn);
            }
            let placed = self.place(&mut person, call, Kind::Exclusive, lease, now);
            self.keep(person);
            return Ok(Some(placed));
        }
        Ok(None)
    }

    /// Offers a call to named people.
    pub fn offer(
        &mut self,
        call: CallId,
        kind: Kind,
        people: &[UserId],
        (limit, order): (usize, Order),
        lease: TimeDelta,
        now: Instant,
    ) -> Vec<Outcome> {
        let mut outcomes = vec![Outcome::Unknown; people.len()];
        let mut line = Vec::new();
        for (listed, id) in people.iter().enumerate() {
            self.tick(*id, now);
            if let Some(person) = self.people.get(id).filter(|person| !person.gone) {
                let rank = match order {
                    Order::Listed => None,
                    Order::LongestIdle => person.last_call_end,
                    Order::LeastRecentlyOffered => person.last_offered,
                };
                line.push((rank, listed));
            }
        }
        line.sort();
        let mut placed = 0;
        for (_, listed) in line {
            let Some(mut person) = self.people.remove(&people[listed]) else {
                continue;
            };
            outcomes[listed] = if limit > 0 && placed >= limit {
                Outcome::NotTried
            } else if let Err(obstacle) = may_offer(&person, call, kind) {
                obstacle
            } else {
                placed += 1;
                Outcome::Placed(self.place(&mut person, call, kind, lease, now))
            };
            self.keep(person);
        }
        outcomes
    }

    /// A person takes a call. Returns the new token and the calls that no longer ring them.
    pub fn answer(
        &mut self,
        (call, leg): (CallId, LegId),
        person: UserId,
        token: Token,
        losers: &[UserId],
        lease: TimeDelta,
        now: Instant,
    ) -> Result<(Token, Vec<CallId>), Refusal> {
        // A refusal changes nothing, not even what is due: that waits for the next operation.
        let before = self.clone();
        let mut winner = self.take(person, now).ok_or(Refusal::OfferGone)?;
        let refusal = match (offer_token(&winner, call), winner.lock) {
            (Some(offered), _) if token < offered => Some(Refusal::TokenStale),
            (Some(offered), _) if token > offered => Some(Refusal::OfferGone),
            (Some(_), _) => None,
            (None, Some(lock)) if lock.call != call => Some(Refusal::PersonBusy(lock.call)),
            (None, _) => Some(Refusal::OfferGone),
        };
        if let Some(refusal) = refusal {
            *self = before;
            return Err(refusal);
        }
        winner.offers.remove(&call);
        let withdrawn = std::mem::take(&mut winner.offers).into_keys().collect();
        let token = self.grant();
        let expires = after(now, lease);
        let lock = Lock {
            call,
            leg: Some(leg),
            phase: Phase::OnCall,
            token,
            since: now,
            expires,
        };
        winner.lock = Some(lock);
        (winner.misses, winner.not_responding) = (0, false);
        winner.calls_today += 1;
        self.note(&mut winner, Cause::Answered, Some(call), None, now);
        self.keep(winner);
        let losers: Vec<_> = losers
            .iter()
            .copied()
            .filter(|loser| *loser != person)
            .collect();
        self.withdraw(call, &losers, now);
        Ok((token, withdrawn))
    }

    /// A person lets an offer pass. Returns whether they are not responding now.
    pub fn decline(
        &mut self,
        call: CallId,
        person: UserId,
        token: Token,
        pass: Pass,
        max_misses: u32,
        now: Instant,
    ) -> bool {
        let Some(mut found) = self.take(person, now) else {
            return false;
        };
        if offer_token(&found, call) == Some(token) {
            drop_offer(&mut found, call);
            let mut cause = if pass == Pass::Declined {
                Cause::Declined
            } else {
                Cause::Missed
            };
            if cause == Cause::Missed && max_misses > 0 {
                found.misses += 1;
                if found.misses >= max_misses && !found.not_responding {
                    found.not_responding = true;
                    cause = Cause::NotResponding;
                }
            }
            self.note(&mut found, cause, Some(call), None, now);
        }
        let not_responding = found.not_responding;
        self.keep(found);
        not_responding
    }

    /// A call takes its offers back. Returns how many there were.
    pub fn withdraw(&mut self, call: CallId, people: &[UserId], now: Instant) -> usize {
        let mut ended = 0;
        for id in people {
            let Some(mut person) = self.take(*id, now) else {
                continue;
            };
            if drop_offer(&mut person, call) {
                self.note(&mut person, Cause::Withdrawn, Some(call), None, now);
                ended += 1;
            }
            self.keep(person);
        }
        ended
    }

    /// A live call's lock stands for another lease. Returns whether it still held the person.
    pub fn renew(
        &mut self,
        person: UserId,
        call: CallId,
        token: Token,
        lease: TimeDelta,
        now: Instant,
    ) -> bool {
        let lock = self
            .people
            .get_mut(&person)
            .and_then(|person| person.lock.as_mut());
        match lock.filter(|lock| lock.call == call && lock.token == token) {
            Some(lock) => {
                lock.expires = after(now, lease);
                true
            }
            None => false,
        }
    }

    /// A person's call has ended. Returns whether it held them.
    pub fn release(
        &mut self,
        (call, queue): (CallId, Option<QueueId>),
        person: UserId,
        token: Token,
        wrap_up: TimeDelta,
        now: Instant,
    ) -> bool {
        let holds = |person: &Person| {
            person
                .lock
                .filter(|lock| lock.call == call && lock.token == token)
        };
        let Some(lock) = self.people.get(&person).and_then(holds) else {
            return false;
        };
        let Some(mut found) = self.people.remove(&person) else {
            return false;
        };
        found.lock = None;
        if lock.phase == Phase::OnCall {
            found.last_call_end = Some(now);
            if wrap_up > TimeDelta::zero() && !found.gone {
                found.wrap_up = Some(WrapUp {
                    until: after(now, wrap_up),
                    call,
                    queue,
                });
            } else {
                begin_next_mode(&mut found);
            }
        }
        self.note(&mut found, Cause::Released, Some(call), queue, now);
        self.settle(&mut found, now);
        self.keep(found);
        true
    }

    /// Who is in a queue's ready index, best first.
    #[must_use]
    pub fn ready_line(&self, queue: QueueId) -> Vec<(u64, UserId)> {
        let scores = self.people.values();
        let mut line: Vec<_> = scores
            .filter_map(|person| Some((*person.ready().get(&queue)?, person.id)))
            .collect();
        line.sort();
        line
    }

    fn place(
        &mut self,
        person: &mut Person,
        call: CallId,
        kind: Kind,
        lease: TimeDelta,
        now: Instant,
    ) -> Placed {
        let token = self.grant();
        let expires = after(now, lease);
        person.offers.remove(&call);
        match kind {
            Kind::Exclusive => {
                let phase = Phase::Offered;
                person.lock = Some(Lock {
                    call,
                    leg: None,
                    phase,
                    token,
                    since: now,
                    expires,
                });
            }
            Kind::Shared => {
                person.offers.insert(call, Offer { token, expires });
            }
        }
        person.last_offered = Some(now);
        self.note(person, Cause::Offered, Some(call), None, now);
        Placed {
            person: person.id,
            token,
            expires,
            devices: person.devices.keys().copied().collect(),
        }
    }
}

/// Whether an offer may stand; if not, what becomes of it.
fn may_offer(person: &Person, call: CallId, kind: Kind) -> Result<(), Outcome> {
    if let Some(lock) = person.lock {
        let own = lock.call == call && lock.phase == Phase::Offered && kind == Kind::Exclusive;
        if !own {
            return Err(Outcome::Busy(Some(lock.call)));
        }
    }
    if person.wrap_up.is_some() {
        return Err(Outcome::Busy(None));
    }
    if person.devices.is_empty() {
        return Err(Outcome::Offline);
    }
    if !matches!(person.choice.mode, Mode::Available | Mode::Busy) {
        return Err(Outcome::Away);
    }
    if kind == Kind::Exclusive {
        if let Some(other) = person.offers.keys().find(|other| **other != call) {
            return Err(Outcome::Busy(Some(*other)));
        }
        if person.choice.mode == Mode::Busy || person.not_responding {
            return Err(Outcome::Busy(None));
        }
    }
    Ok(())
}
