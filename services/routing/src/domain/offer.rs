//! One offer: a leg that rings until it is answered, passes, or is taken back.

use core::time::Duration;

use ids::{LegId, UserId};

use super::{
    CommandAction, DeclineReason, Event, FloorRequest, HangupCause, Leg, LegState, OfferEnd,
    OfferSource, Refusal, Rejected, Reservation, State, Token, call::Ringing, decide::Step,
};

/// A call that is offered for hours keeps its latest legs.
const LEGS: usize = 200;

/// How long a phone may ring on after the word to stop.
const RINGS_ON: Duration = Duration::from_secs(5);

impl Step<'_> {
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
        // People of a ring group may ring for several calls at once: a later
        // grant says nothing against an earlier one, and the edge may see the
        // two in either order. The answer is what takes them.
        let shared = matches!(source, OfferSource::RingGroup(_));
        self.fenced(
            (!shared).then_some(*token),
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
        match leg.state {
            LegState::Connected => return Err(Rejected::Redundant),
            LegState::Ended => return self.picked_up_late(id),
            LegState::Offered | LegState::Ringing => {}
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

    /// A leg is picked up that is over. If its person has just taken another call, that is
    /// another pair of hands, quicker than the word to stop ringing.
    fn picked_up_late(&mut self, id: LegId) -> Result<(), Rejected> {
        if self.call.is_ended() {
            return Err(Rejected::Redundant);
        }
        let now = self.now;
        let leg = self.call.leg_mut(id).ok_or(Rejected::UnknownLeg)?;
        let rings_on = leg.ended.is_some_and(|ended| now.since(ended) <= RINGS_ON);
        if !(leg.lost_to_other && rings_on) {
            return Err(Rejected::Redundant);
        }
        leg.lost_to_other = false;
        self.second_pick_up(id);
        Ok(())
    }

    fn second_pick_up(&mut self, leg: LegId) {
        if let Some(person) = self.call.leg(leg).and_then(|leg| leg.person) {
            self.events.push(Event::SecondPickUp { leg, person });
        }
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
        if refusal == Refusal::Busy {
            self.second_pick_up(id);
        }
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
        if let Some(leg) = self.call.leg_mut(id) {
            leg.lost_to_other = true;
        }
        self.after_pass(None);
        Ok(())
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

    pub(super) fn decline_leg(
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
    pub(super) fn after_pass(&mut self, passed_by: Option<UserId>) {
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

    pub(super) fn add_leg(
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
            lost_to_other: false,
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
