//! A call, folded from its events (REP-1).

use api::routing::v1::{CallOutcome, OfferEnd, QueueExit};
use chrono::{DateTime, TimeDelta, Utc};
use ids::{AccountId, CallId, NumberId, QueueId, UserId};

use super::{
    leg::Leg,
    sequence::Progress,
    statistics::Rollup,
    step::{Offer, Step, Via},
    wait::Wait,
};

/// A call as it happened so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub call: CallId,
    /// How far it has been folded.
    pub progress: Progress,
    /// How it ended; `Unspecified` while it lives.
    pub outcome: CallOutcome,
    /// E.164; empty when anonymous.
    pub from: String,
    /// E.164.
    pub dialled: String,
    /// The company's number.
    pub number: Option<NumberId>,
    /// Who talked with the caller last.
    pub person: Option<UserId>,
    /// When it arrived, or the first we heard of it.
    pub arrived: DateTime<Utc>,
    /// When it was answered first.
    pub answered: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended: Option<DateTime<Utc>>,
    /// The queue, ring group or extension of the last talk.
    pub via: Via,
    /// From answer to end, holds included.
    pub talked: TimeDelta,
    /// The part of it on hold.
    pub held: TimeDelta,
    /// Where the voicemail is kept; empty when there is none.
    pub voicemail: String,
    /// Every offer, in order.
    pub legs: Vec<Leg>,
    /// Every stay in a waiting line, in order.
    pub waits: Vec<Wait>,
}

impl CallRecord {
    /// A call that was just heard of.
    #[must_use]
    pub fn new(account: AccountId, call: CallId, at: DateTime<Utc>) -> Self {
        Self {
            account,
            call,
            progress: Progress::NONE,
            outcome: CallOutcome::Unspecified,
            from: String::new(),
            dialled: String::new(),
            number: None,
            person: None,
            arrived: at,
            answered: None,
            ended: None,
            via: Via::default(),
            talked: TimeDelta::zero(),
            held: TimeDelta::zero(),
            voicemail: String::new(),
            legs: Vec::new(),
            waits: Vec::new(),
        }
    }

    /// Folds one step, and counts what it settles. What was settled once is never counted again,
    /// whatever a writer says twice.
    pub fn apply(&mut self, step: Step, at: DateTime<Utc>, rollup: &mut Rollup) {
        match step {
            Step::Arrived {
                from,
                dialled,
                number,
            } => {
                (self.from, self.dialled, self.number, self.arrived) = (from, dialled, number, at);
            }
            Step::Queued {
                queue,
                service_level,
                short_abandon,
            } => {
                self.waits.push(Wait {
                    service_level,
                    short_abandon,
                    ..Wait::new(queue, at)
                });
            }
            Step::LeftQueue {
                queue,
                exit,
                waited,
            } => {
                self.leave(queue, exit, waited, at, rollup);
            }
            Step::Offered(offer) => {
                if !self.legs.iter().any(|leg| leg.id == offer.leg) {
                    self.legs.push(Leg::new(offer, at));
                }
            }
            Step::OfferEnded { offer, end, rang } => {
                // Ended without a word how: no doing of the person.
                let unsaid = end == OfferEnd::Unspecified;
                let end = if unsaid { OfferEnd::Withdrawn } else { end };
                self.settle(offer, rang, at, rollup, |leg| {
                    (leg.end, leg.ended) = (end, Some(at))
                });
            }
            Step::Answered { offer, rang } => {
                let (person, via) = (offer.person, offer.via.clone());
                if self.settle(offer, rang, at, rollup, |leg| leg.answered = Some(at)) {
                    self.answered.get_or_insert(at);
                    // The end has the last word on who talked last, even if it comes first.
                    if self.ended.is_none() {
                        (self.person, self.via) = (person, via);
                    }
                }
            }
            Step::Recorded { location } => self.voicemail = location,
            Step::Ended {
                outcome,
                person,
                via,
                talked,
                held,
            } => {
                if self.ended.is_none() {
                    self.outcome = outcome;
                    self.person = person.or(self.person);
                    (self.via, self.talked, self.held) = (via, talked, held.min(talked));
                    self.end(at, rollup);
                }
            }
            Step::Noted => {}
        }
    }

    /// The talk without its holds.
    #[must_use]
    pub fn talk(&self) -> TimeDelta {
        self.talked - self.held
    }

    fn leave(
        &mut self,
        queue: QueueId,
        exit: QueueExit,
        waited: TimeDelta,
        at: DateTime<Utc>,
        rollup: &mut Rollup,
    ) {
        let open = self
            .waits
            .iter()
            .rposition(|wait| wait.queue == queue && wait.left.is_none());
        let index = open.unwrap_or_else(|| {
            // Full or empty: the caller left at the door.
            self.waits.push(Wait::new(queue, at - waited));
            self.waits.len() - 1
        });
        let wait = &mut self.waits[index];
        (wait.left, wait.exit, wait.waited) = (Some(at), exit, waited);
        if let Some(result) = wait.result() {
            rollup.queue(self.account, queue, at).leave(result, waited);
        }
    }

    /// Settles an offer, once. False if it was settled before.
    fn settle(
        &mut self,
        offer: Offer,
        rang: TimeDelta,
        at: DateTime<Utc>,
        rollup: &mut Rollup,
        change: impl FnOnce(&mut Leg),
    ) -> bool {
        let known = self.legs.iter().position(|leg| leg.id == offer.leg);
        let index = known.unwrap_or_else(|| {
            self.legs.push(Leg::new(offer, at - rang));
            self.legs.len() - 1
        });
        let leg = &mut self.legs[index];
        if leg.result().is_some() {
            return false;
        }
        leg.rang = rang;
        change(leg);
        if let (Some(person), Some(result)) = (leg.person, leg.result()) {
            rollup.person(self.account, person, at).settle(result, rang);
        }
        true
    }

    fn end(&mut self, at: DateTime<Utc>, rollup: &mut Rollup) {
        self.ended = Some(at);
        for leg in self.legs.iter_mut().filter(|leg| leg.ended.is_none()) {
            leg.ended = Some(at);
        }
        let (talk, hold) = (self.talk(), self.held);
        if let Some(person) = self.person {
            rollup.person(self.account, person, at).talked(talk, hold);
        }
        if let Some(queue) = self.via.queue() {
            rollup.queue(self.account, queue, at).talked(talk, hold);
        }
    }
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
