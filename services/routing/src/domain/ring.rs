//! Rounds of ringing: a direct call, a ring group, an outside number, the person
//! a queue has found. A round asks presence, rings, and ends with an answer, a
//! next round, or the target for calls that nobody took.

use core::time::Duration;

use ids::{ExtensionId, LegId, RingGroupId, UserId};

use super::{
    CommandAction, DeclineReason, FloorRequest, HangupCause, Leg, OfferEnd, OfferKind, OfferOrder,
    OfferOutcome, OfferSource, Offered, Outcome, RingStrategy, State, Target,
    call::{RING_GRACE, Ringing},
    decide::Step,
};

/// How long an outside number rings.
const OUTSIDE_RING: Duration = Duration::from_secs(60);
/// How long a picked-up leg waits for presence's word.
const ANSWER_PATIENCE: Duration = Duration::from_secs(15);

impl Step<'_> {
    pub(super) fn enter_extension(&mut self, id: ExtensionId) {
        let plan = self.plan;
        let Some(extension) = plan.extensions.get(&id) else {
            return self.enter(&Target::Unassigned, "extension is gone");
        };
        if !self.plan.reaches(extension.person) {
            return self.enter(&extension.no_answer_target, "absent");
        }
        self.begin_round(OfferSource::Extension(id), extension.ring_timeout);
        self.offer(
            vec![extension.person],
            OfferKind::Exclusive,
            0,
            OfferOrder::Listed,
        );
    }

    pub(super) fn enter_ring_group(&mut self, id: RingGroupId) {
        let plan = self.plan;
        let Some(group) = plan.ring_groups.get(&id) else {
            return self.enter(&Target::Unassigned, "ring group is gone");
        };
        let members = self.reached(&group.members);
        if members.is_empty() {
            return self.enter(&group.no_answer_target, "empty");
        }
        self.begin_round(OfferSource::RingGroup(id), group.ring_timeout);
        self.offer_group(id, members, group.strategy);
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
        let mut absent = Vec::new();
        for Offered { person, outcome } in results {
            match outcome {
                // Presence has an older plan.
                OfferOutcome::Placed(_) if !self.plan.reaches(person) => {
                    absent.push(person);
                    idle = true;
                }
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
        self.withdraw(absent);
        if !ringing {
            self.next_round();
        }
    }

    /// Whoever the plan reaches no longer is rung no longer, and the call goes on. Somebody who
    /// has picked up is for presence to judge.
    pub(super) fn ring_nobody_absent(&mut self) {
        let absent = |leg: &Leg| match leg.person {
            Some(person) => !self.plan.reaches(person),
            None => self.plan.suspended,
        };
        let legs = self.live_offers().filter(|id| !self.is_answering(*id));
        let legs: Vec<LegId> = legs
            .filter(|id| self.call.leg(*id).is_some_and(absent))
            .collect();
        let mut last = None;
        for leg in &legs {
            self.explain("whoever rings is not to be reached any more");
            self.command(CommandAction::StopRinging { leg: *leg });
            let reason = DeclineReason::Unreachable;
            last = self.decline_leg(*leg, OfferEnd::Withdrawn, reason, 0);
        }
        if !legs.is_empty() {
            self.after_pass(last);
        }
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

    /// Whoever is left is asked; when nobody is, the call goes on.
    pub(super) fn next_round(&mut self) {
        let State::Ringing(ringing) = &mut self.call.state else {
            return;
        };
        let (source, all_busy) = (ringing.source, ringing.all_busy);
        let remaining = core::mem::take(&mut ringing.remaining);
        let remaining = self.reached(&remaining);
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

    /// Those of them whom the plan reaches.
    fn reached(&self, people: &[UserId]) -> Vec<UserId> {
        let reached = people.iter().copied();
        reached
            .filter(|person| self.plan.reaches(*person))
            .collect()
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
