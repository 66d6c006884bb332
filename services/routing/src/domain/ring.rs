//! Ringing people and outside numbers: direct calls, ring groups, and the
//! person a queue has found. One round asks, rings, and ends with an answer, a
//! next round, or the target for calls that nobody took.

use core::time::Duration;

use ids::{ExtensionId, LegId, RingGroupId, UserId};

use super::{
    CommandAction, DeclineReason, Event, FloorRequest, HangupCause, Leg, LegState, OfferEnd,
    OfferKind, OfferOrder, OfferOutcome, OfferSource, Offered, Outcome, Refusal, Rejected,
    Reservation, RingStrategy, State, Target, Token,
    call::{RING_GRACE, Ringing},
    decide::Step,
};

/// How long an outside number rings.
const OUTSIDE_RING: Duration = Duration::from_secs(60);
/// How long a picked-up leg waits for presence's word.
const ANSWER_PATIENCE: Duration = Duration::from_secs(15);
/// A call that is offered for hours keeps its latest legs.
const LEGS: usize = 200;

impl Step<'_> {
    pub(super) fn enter_extension(&mut self, id: ExtensionId) {
        let Some(extension) = self.plan.extensions.get(&id) else {
            return self.enter(&Target::Unassigned, "extension is gone");
        };
        self.begin_round(OfferSource::Extension(id), extension.ring_timeout);
        self.offer(
            vec![extension.person],
            OfferKind::Exclusive,
            0,
            OfferOrder::Listed,
        );
    }

    pub(super) fn enter_ring_group(&mut self, id: RingGroupId) {
        let Some(group) = self.plan.ring_groups.get(&id) else {
            return self.enter(&Target::Unassigned, "ring group is gone");
        };
        if group.members.is_empty() {
            return self.enter(&group.no_answer_target.clone(), "empty");
        }
        self.begin_round(OfferSource::RingGroup(id), group.ring_timeout);
        self.offer_group(id, group.members.clone(), group.strategy);
    }

    pub(super) fn ring_outside(&mut self, number: String) {
        let source = OfferSource::External;
        self.begin_round(source, OUTSIDE_RING);
        let leg = self.add_leg(None, source, None);
        self.command(CommandAction::Ring {
            leg,
            person: None,
            devices: Vec::new(),
            external: number,
            from: self.call.from.clone(),
            via: source.to_string(),
            timeout: OUTSIDE_RING,
        });
    }

    pub(super) fn begin_round(&mut self, source: OfferSource, timeout: Duration) {
        self.call.state = State::Ringing(Ringing {
            source,
            asked: None,
            remaining: Vec::new(),
            answering: None,
            until: self.now + timeout + RING_GRACE,
            all_busy: true,
        });
    }

    pub(super) fn ring_person(
        &mut self,
        reservation: &Reservation,
        source: OfferSource,
        timeout: Duration,
    ) {
        let Reservation {
            person,
            token,
            devices,
        } = reservation;
        let leg = self.add_leg(Some(*person), source, Some(*token));
        let devices = if devices.is_empty() {
            let known = self
                .plan
                .extensions
                .values()
                .find(|extension| extension.person == *person);
            known
                .map(|extension| extension.devices.clone())
                .unwrap_or_default()
        } else {
            devices.clone()
        };
        self.fenced(
            Some(*token),
            CommandAction::Ring {
                leg,
                person: Some(*person),
                devices,
                external: String::new(),
                from: self.call.from.clone(),
                via: source.to_string(),
                timeout,
            },
        );
    }

    /// Presence has answered an `Offer`.
    pub(super) fn offered(&mut self, number: u32, results: Vec<Offered>) {
        let source = match &mut self.call.state {
            State::Ringing(ringing) if ringing.asked == Some(number) => {
                ringing.asked = None;
                ringing.source
            }
            // The call moved on meanwhile: nobody must keep ringing for it.
            _ => return self.withdraw(placed(&results)),
        };
        let timeout = self.round_timeout(source);
        let mut remaining = Vec::new();
        let mut idle = false;
        let mut ringing = false;
        for Offered { person, outcome } in results {
            match outcome {
                OfferOutcome::Placed(reservation) => {
                    self.ring_person(&reservation, source, timeout);
                    ringing = true;
                }
                OfferOutcome::NotTried => remaining.push(person),
                OfferOutcome::Busy => self.explain(format!("{person} is busy")),
                OfferOutcome::Offline | OfferOutcome::Away | OfferOutcome::Unknown => {
                    self.explain(format!("{person} cannot be reached"));
                    idle = true;
                }
            }
        }
        let until = self.now + timeout + RING_GRACE;
        if let State::Ringing(round) = &mut self.call.state {
            round.remaining = remaining;
            round.all_busy &= !idle && !ringing;
            round.until = until;
        }
        if !ringing {
            self.next_round();
        }
    }

    pub(super) fn leg_ringing(&mut self, id: LegId) -> Result<(), Rejected> {
        if id == self.call.caller {
            return Err(Rejected::Redundant);
        }
        let leg = self.call.leg_mut(id).ok_or(Rejected::UnknownLeg)?;
        if leg.state != LegState::Offered {
            return Err(Rejected::Redundant);
        }
        leg.state = LegState::Ringing;
        self.events.push(Event::Ringing { leg: id });
        Ok(())
    }

    pub(super) fn leg_answered(&mut self, id: LegId) -> Result<(), Rejected> {
        if id == self.call.caller {
            return Err(Rejected::Redundant);
        }
        let leg = self.call.leg(id).ok_or(Rejected::UnknownLeg)?;
        if matches!(leg.state, LegState::Connected | LegState::Ended) {
            return Err(Rejected::Redundant);
        }
        let person = leg.person.zip(leg.token);
        let State::Ringing(ringing) = &mut self.call.state else {
            return Err(Rejected::Conflict("not ringing"));
        };
        match ringing.answering {
            Some(first) if first == id => return Err(Rejected::Redundant),
            Some(_) => return Err(Rejected::Conflict("being answered by somebody else")),
            None => ringing.answering = Some(id),
        }
        let now = self.now;
        if let Some(leg) = self.call.leg_mut(id) {
            leg.answered = Some(now);
        }
        match person {
            Some((person, token)) => {
                let losers = self
                    .ringing_people()
                    .filter(|other| *other != person)
                    .collect();
                self.ask(FloorRequest::Answer {
                    leg: id,
                    person,
                    token,
                    losers,
                });
            }
            None => self.connect(id, None),
        }
        Ok(())
    }

    /// Presence has refused an answer: this leg is out, the others ring on.
    pub(super) fn answer_refused(&mut self, id: LegId, refusal: Refusal) {
        if !self.is_answering(id) {
            return;
        }
        self.explain("presence refused the answer: the person is not free");
        self.end_leg(
            id,
            match refusal {
                Refusal::Busy | Refusal::Stale => OfferEnd::Busy,
                Refusal::OfferGone => OfferEnd::Withdrawn,
            },
        );
        self.command(CommandAction::HangUp {
            leg: id,
            cause: HangupCause::Busy,
        });
        self.after_pass(None);
    }

    /// The leg of somebody who was being rung has ended.
    pub(super) fn offer_passed(&mut self, id: LegId, cause: HangupCause) {
        let (end, reason) = match cause {
            HangupCause::Normal | HangupCause::Declined => {
                (OfferEnd::Declined, DeclineReason::Declined)
            }
            HangupCause::Busy => (OfferEnd::Busy, DeclineReason::Unreachable),
            HangupCause::Failed => (OfferEnd::Unreachable, DeclineReason::Unreachable),
        };
        self.pass(id, end, reason);
    }

    pub(super) fn leg_unreachable(&mut self, id: LegId) -> Result<(), Rejected> {
        let leg = self.call.leg(id).ok_or(Rejected::UnknownLeg)?;
        if matches!(leg.state, LegState::Connected | LegState::Ended) {
            return Err(Rejected::Redundant);
        }
        self.pass(id, OfferEnd::Unreachable, DeclineReason::Unreachable);
        Ok(())
    }

    pub(super) fn decline(&mut self, person: UserId) -> Result<(), Rejected> {
        let leg = self.call.leg_of(person).ok_or(Rejected::NotConcerned)?;
        if leg.state == LegState::Connected {
            return Err(Rejected::Conflict("connected"));
        }
        let id = leg.id;
        self.command(CommandAction::StopRinging { leg: id });
        self.pass(id, OfferEnd::Declined, DeclineReason::Declined);
        Ok(())
    }

    /// The person took another call, and presence withdrew this offer.
    pub(super) fn offer_taken(&mut self, person: UserId) -> Result<(), Rejected> {
        let leg = self.call.leg_of(person).ok_or(Rejected::Redundant)?;
        if leg.state == LegState::Connected || self.is_answering(leg.id) {
            return Err(Rejected::Redundant);
        }
        let id = leg.id;
        self.command(CommandAction::StopRinging { leg: id });
        self.end_leg(id, OfferEnd::Busy);
        self.after_pass(None);
        Ok(())
    }

    /// The round has had its time.
    pub(super) fn round_over(&mut self) {
        if let State::Ringing(Ringing {
            answering: Some(leg),
            until,
            ..
        }) = &mut self.call.state
        {
            let leg = *leg;
            let picked_up = self
                .call
                .legs
                .iter()
                .find(|other| other.id == leg)
                .and_then(|leg| leg.answered);
            let patience = picked_up.unwrap_or(self.now) + ANSWER_PATIENCE;
            if self.now < patience {
                *until = patience;
                return;
            }
            self.command(CommandAction::HangUp {
                leg,
                cause: HangupCause::Failed,
            });
        }
        let State::Ringing(Ringing { source, .. }) = self.call.state else {
            return;
        };
        let legs: Vec<LegId> = self.live_offers().collect();
        if let OfferSource::Queue(queue) = source {
            let max_misses = self
                .plan
                .queues
                .get(&queue)
                .map_or(0, |queue| queue.max_misses);
            let mut passed_by = None;
            for leg in legs {
                self.command(CommandAction::StopRinging { leg });
                passed_by =
                    self.decline_leg(leg, OfferEnd::Missed, DeclineReason::Missed, max_misses);
            }
            return self.back_in_line(passed_by);
        }
        let people = self.ringing_people().collect();
        for leg in legs {
            self.command(CommandAction::StopRinging { leg });
            self.end_leg(leg, OfferEnd::Missed);
        }
        self.withdraw(people);
        if let State::Ringing(round) = &mut self.call.state {
            round.asked = None;
        }
        self.next_round();
    }

    pub(super) fn withdraw(&mut self, people: Vec<UserId>) {
        if !people.is_empty() {
            self.ask(FloorRequest::Withdraw { people });
        }
    }

    /// Ends a leg that was never connected.
    pub(super) fn end_leg(&mut self, id: LegId, end: OfferEnd) {
        let now = self.now;
        let Some(leg) = self.call.leg_mut(id) else {
            return;
        };
        leg.state = LegState::Ended;
        leg.ended = Some(now);
        let event = Event::OfferEnded {
            leg: id,
            person: leg.person,
            via: leg.source,
            end,
            rang: now.since(leg.offered),
        };
        self.events.push(event);
        if let State::Ringing(ringing) = &mut self.call.state
            && ringing.answering == Some(id)
        {
            ringing.answering = None;
        }
    }

    pub(super) fn is_answering(&self, id: LegId) -> bool {
        matches!(&self.call.state, State::Ringing(ringing) if ringing.answering == Some(id))
    }

    /// Legs that are offered or ring.
    pub(super) fn live_offers(&self) -> impl Iterator<Item = LegId> {
        self.call
            .legs
            .iter()
            .filter(|leg| matches!(leg.state, LegState::Offered | LegState::Ringing))
            .map(|leg| leg.id)
    }

    pub(super) fn ringing_people(&self) -> impl Iterator<Item = UserId> {
        self.call
            .legs
            .iter()
            .filter(|leg| matches!(leg.state, LegState::Offered | LegState::Ringing))
            .filter_map(|leg| leg.person)
    }

    fn pass(&mut self, id: LegId, end: OfferEnd, reason: DeclineReason) {
        let max_misses = match &self.call.state {
            State::Ringing(Ringing {
                source: OfferSource::Queue(queue),
                ..
            }) => self
                .plan
                .queues
                .get(queue)
                .map_or(0, |queue| queue.max_misses),
            _ => 0,
        };
        let person = self.decline_leg(id, end, reason, max_misses);
        self.after_pass(person);
    }

    fn decline_leg(
        &mut self,
        id: LegId,
        end: OfferEnd,
        reason: DeclineReason,
        max_misses: u32,
    ) -> Option<UserId> {
        let leg = self.call.leg(id)?;
        let granted = leg.person.zip(leg.token);
        self.end_leg(id, end);
        let (person, token) = granted?;
        self.ask(FloorRequest::Decline {
            person,
            token,
            reason,
            max_misses,
        });
        Some(person)
    }

    /// One leg less: the others ring on, or the round is over.
    fn after_pass(&mut self, passed_by: Option<UserId>) {
        let State::Ringing(ringing) = &self.call.state else {
            return;
        };
        if let OfferSource::Queue(_) = ringing.source {
            return self.back_in_line(passed_by);
        }
        if ringing.asked.is_none() && self.live_offers().next().is_none() {
            self.next_round();
        }
    }

    /// Whoever is left is asked; when nobody is, the call goes on.
    fn next_round(&mut self) {
        let State::Ringing(ringing) = &mut self.call.state else {
            return;
        };
        let (source, all_busy) = (ringing.source, ringing.all_busy);
        let remaining = core::mem::take(&mut ringing.remaining);
        match source {
            OfferSource::RingGroup(id) if !remaining.is_empty() => {
                let timeout = self.round_timeout(source);
                self.begin_round(source, timeout);
                let strategy = self.plan.ring_groups.get(&id).map(|group| group.strategy);
                self.offer_group(id, remaining, strategy.unwrap_or(RingStrategy::Sequential));
            }
            OfferSource::RingGroup(id) => {
                let target = self
                    .plan
                    .ring_groups
                    .get(&id)
                    .map(|group| group.no_answer_target.clone());
                self.enter_clone(target, "no answer");
            }
            OfferSource::Extension(id) => {
                let extension = self.plan.extensions.get(&id);
                let (target, reason) = match all_busy {
                    true => (
                        extension.map(|extension| extension.busy_target.clone()),
                        "busy",
                    ),
                    false => (
                        extension.map(|extension| extension.no_answer_target.clone()),
                        "no answer",
                    ),
                };
                self.enter_clone(target, reason);
            }
            OfferSource::Queue(_) => self.back_in_line(None),
            OfferSource::External => self.finish(Outcome::Missed, None),
        }
    }

    fn offer_group(&mut self, id: RingGroupId, mut people: Vec<UserId>, strategy: RingStrategy) {
        let (limit, order) = match strategy {
            RingStrategy::Simultaneous => (0, OfferOrder::Listed),
            RingStrategy::Sequential => (1, OfferOrder::Listed),
            RingStrategy::Random => {
                shuffle(
                    &mut people,
                    self.call.id.uuid().as_u128() ^ id.uuid().as_u128(),
                );
                (1, OfferOrder::Listed)
            }
            RingStrategy::RoundRobin => (1, OfferOrder::LeastRecentlyOffered),
            RingStrategy::LongestIdle => (1, OfferOrder::LongestIdle),
        };
        self.offer(people, OfferKind::Shared, limit, order);
    }

    fn offer(&mut self, people: Vec<UserId>, kind: OfferKind, limit: u32, order: OfferOrder) {
        let State::Ringing(Ringing { source, .. }) = self.call.state else {
            return;
        };
        let lease = self.round_timeout(source) + 2 * RING_GRACE;
        let number = self.ask(FloorRequest::Offer {
            people,
            kind,
            limit,
            order,
            lease,
        });
        if let State::Ringing(ringing) = &mut self.call.state {
            ringing.asked = Some(number);
        }
    }

    fn round_timeout(&self, source: OfferSource) -> Duration {
        let plan = self.plan;
        match source {
            OfferSource::Extension(id) => plan
                .extensions
                .get(&id)
                .map(|extension| extension.ring_timeout),
            OfferSource::RingGroup(id) => plan.ring_groups.get(&id).map(|group| group.ring_timeout),
            OfferSource::Queue(id) => plan.queues.get(&id).map(|queue| queue.ring_timeout),
            OfferSource::External => Some(OUTSIDE_RING),
        }
        .unwrap_or(Duration::from_secs(20))
    }

    fn add_leg(
        &mut self,
        person: Option<UserId>,
        source: OfferSource,
        token: Option<Token>,
    ) -> LegId {
        if self.call.legs.len() >= LEGS
            && let Some(oldest) = self
                .call
                .legs
                .iter()
                .position(|leg| leg.state == LegState::Ended)
        {
            self.call.legs.remove(oldest);
        }
        let id = self.call.next_leg();
        self.call.legs.push(Leg {
            id,
            person,
            source,
            token,
            state: LegState::Offered,
            offered: self.now,
            answered: None,
            ended: None,
        });
        self.events.push(Event::Offered {
            leg: id,
            person,
            via: source,
            token,
        });
        id
    }
}

fn placed(results: &[Offered]) -> Vec<UserId> {
    let placed = |offered: &&Offered| matches!(offered.outcome, OfferOutcome::Placed(_));
    results
        .iter()
        .filter(placed)
        .map(|offered| offered.person)
        .collect()
}

/// Fisher–Yates with the numbers of splitmix64: the order follows from the seed
/// alone, so that a replayed decision rings the same people.
fn shuffle<T>(items: &mut [T], seed: u128) {
    let mut state = (seed ^ (seed >> 64)) as u64;
    for last in (1..items.len()).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        items.swap(last, (mixed ^ (mixed >> 31)) as usize % (last + 1));
    }
}
