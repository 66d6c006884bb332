//! The end of a call: everybody is told, everybody is freed, once.

use core::time::Duration;

use ids::LegId;

use super::{
    CommandAction, Event, FloorRequest, HangupCause, LegState, OfferEnd, OfferSource, Outcome,
    QueueExit, Rejected, State, decide::Step,
};

impl Step<'_> {
    /// A leg has ended at its own end.
    pub(super) fn leg_ended(&mut self, id: LegId, cause: HangupCause) -> Result<(), Rejected> {
        if id == self.call.caller {
            if self.call.is_ended() {
                return Err(Rejected::Redundant);
            }
            self.explain("the caller hung up");
            let exit = QueueExit::Abandoned;
            let outcome = self.outcome_if_over_now();
            self.over(outcome, Some(id), exit, true);
            return Ok(());
        }
        match self.call.leg(id).ok_or(Rejected::UnknownLeg)?.state {
            LegState::Ended => Err(Rejected::Redundant),
            LegState::Connected => {
                self.explain("the other side hung up");
                let outcome = self.outcome_if_over_now();
                self.finish(outcome, Some(id));
                Ok(())
            }
            LegState::Offered | LegState::Ringing => {
                self.offer_passed(id, cause);
                Ok(())
            }
        }
    }

    /// Somebody with the right to do so ends the call.
    pub(super) fn hang_up(&mut self) -> Result<(), Rejected> {
        if self.call.is_ended() {
            return Err(Rejected::Redundant);
        }
        self.explain("ended on request");
        let outcome = self.outcome_if_over_now();
        self.finish(outcome, None);
        Ok(())
    }

    /// The edge is dead: there is nobody left to command.
    pub(super) fn edge_lost(&mut self) -> Result<(), Rejected> {
        if self.call.is_ended() {
            return Err(Rejected::Redundant);
        }
        self.explain("the edge is gone");
        self.over(Outcome::Failed, None, QueueExit::Failed, false);
        Ok(())
    }

    /// Ends the call by the mesh's own decision.
    pub(super) fn fail(&mut self) {
        self.finish(Outcome::Failed, None);
    }

    /// Ends the call; `by` has hung up already.
    pub(super) fn finish(&mut self, outcome: Outcome, by: Option<LegId>) {
        self.over(outcome, by, QueueExit::Failed, true);
    }

    fn over(&mut self, outcome: Outcome, by: Option<LegId>, exit: QueueExit, edge_lives: bool) {
        let now = self.now;
        let talk = match self.call.state {
            State::Connected { leg, since, .. } => {
                self.take_back(leg);
                Some((leg, now.since(since)))
            }
            _ => None,
        };
        let voicemail = match &self.call.state {
            State::InVoicemail { owner, .. } => Some(owner.clone()),
            _ => None,
        };
        self.withdraw(self.ringing_people().collect());
        let offers: Vec<LegId> = self.live_offers().collect();
        for leg in offers {
            if edge_lives {
                self.command(CommandAction::StopRinging { leg });
            }
            self.end_leg(leg, OfferEnd::Withdrawn);
        }
        if let Some((leg, _)) = talk {
            self.release(leg);
        }
        if edge_lives {
            for leg in [Some(self.call.caller), talk.map(|(leg, _)| leg)]
                .into_iter()
                .flatten()
            {
                if Some(leg) != by {
                    self.command(CommandAction::HangUp {
                        leg,
                        cause: HangupCause::Normal,
                    });
                }
            }
        }
        self.leave_queue(exit);
        self.events.push(Event::Ended {
            outcome,
            by,
            person: talk.and_then(|(leg, _)| self.call.leg(leg)?.person),
            via: talk.and_then(|(leg, _)| self.source_of(leg)),
            talked: talk.map_or(Duration::ZERO, |(_, talked)| talked),
            held: self.call.held,
        });
        self.call.state = State::Ended {
            outcome,
            at: now,
            voicemail,
        };
    }

    /// Frees the person of a connected leg, with the rest their queue grants.
    fn release(&mut self, id: LegId) {
        let now = self.now;
        let Some(leg) = self.call.leg_mut(id) else {
            return;
        };
        leg.state = LegState::Ended;
        leg.ended = Some(now);
        let Some((person, token)) = leg.person.zip(leg.token) else {
            return;
        };
        let queue = match leg.source {
            OfferSource::Queue(queue) => Some(queue),
            _ => None,
        };
        let settings = queue.and_then(|queue| self.plan.queues.get(&queue));
        let wrap_up = settings.map_or(Duration::ZERO, |queue| queue.wrap_up);
        self.ask(FloorRequest::Release {
            person,
            token,
            wrap_up,
            queue,
        });
    }

    /// What the call would be called if it ended where it is.
    fn outcome_if_over_now(&self) -> Outcome {
        match &self.call.state {
            State::Connected { leg, .. } => match self.source_of(*leg) {
                Some(OfferSource::External) => Outcome::Overflowed,
                _ => Outcome::Answered,
            },
            State::Ringing(_) if self.call.visit.is_none() => Outcome::Missed,
            State::Queued { .. } | State::Ringing(_) | State::InMenu { .. } => Outcome::Abandoned,
            State::InVoicemail { .. } => Outcome::Voicemail,
            State::Announcing { outcome, .. } | State::Ended { outcome, .. } => *outcome,
        }
    }
}
