//! The numbers that follow from what was played, by the published formulas.

use api::routing::v1::{OfferEnd, QueueExit};
use chrono::TimeDelta;

use crate::demo::{
    ledger::{Bounds, Ledger, Talk},
    office,
};

/// The numbers of one person.
#[derive(Debug, Default)]
pub(super) struct ExpectedPerson {
    pub(super) answered: u64,
    pub(super) missed: u64,
    pub(super) declined: u64,
    pub(super) withdrawn: u64,
    pub(super) talk: Bounds,
    pub(super) hold: Bounds,
    pub(super) wrap_up: Bounds,
    rang: Bounds,
}

impl ExpectedPerson {
    pub(super) fn of(ledger: &Ledger, person_id: &str) -> Self {
        let mut sums = Self::default();
        let offers = ledger.calls.iter().flat_map(|call| &call.offers);
        for offer in offers.filter(|offer| offer.person_id == person_id) {
            let Some((end, at)) = offer.end else { continue };
            match end {
                OfferEnd::Unspecified => {
                    sums.answered += 1;
                    sums.rang = sums.rang + at.since(offer.made);
                }
                OfferEnd::Missed | OfferEnd::Unreachable => sums.missed += 1,
                OfferEnd::Declined => sums.declined += 1,
                OfferEnd::Taken | OfferEnd::Withdrawn | OfferEnd::Busy => sums.withdrawn += 1,
            }
        }
        (sums.talk, sums.hold) = talks(ledger, |talk| talk.person_id == person_id);
        sums.wrap_up = ledger
            .rests
            .get(person_id)
            .into_iter()
            .flatten()
            .copied()
            .sum();
        sums
    }

    pub(super) fn offered(&self) -> u64 {
        self.answered + self.missed + self.declined + self.withdrawn
    }

    pub(super) fn handling(&self) -> Option<Bounds> {
        (self.talk + self.hold + self.wrap_up).shared(self.answered)
    }

    pub(super) fn to_answer(&self) -> Option<Bounds> {
        self.rang.shared(self.answered)
    }
}

/// The numbers of one queue.
#[derive(Debug, Default)]
pub(super) struct ExpectedQueue {
    pub(super) answered: u64,
    pub(super) missed: u64,
    pub(super) abandoned: u64,
    pub(super) short_abandoned: u64,
    pub(super) in_threshold: u64,
    pub(super) longest_wait: Bounds,
    pub(super) talk: Bounds,
    pub(super) hold: Bounds,
    pub(super) wrap_up: Bounds,
    waited: Bounds,
    waited_for_answers: Bounds,
}

impl ExpectedQueue {
    pub(super) fn of(ledger: &Ledger, queue_id: &str) -> Self {
        let mut sums = Self::default();
        let visits = ledger.calls.iter().flat_map(|call| &call.visits);
        let visits = visits.filter(|visit| visit.queue_id == queue_id);
        for (exit, waited) in visits.filter_map(|visit| visit.result()) {
            sums.waited = sums.waited + waited;
            sums.longest_wait = sums.longest_wait.max(waited);
            match exit {
                QueueExit::Answered => {
                    sums.answered += 1;
                    sums.waited_for_answers = sums.waited_for_answers + waited;
                    sums.in_threshold += u64::from(waited.most <= limit(office::SERVICE_LEVEL));
                }
                QueueExit::Abandoned => {
                    sums.abandoned += 1;
                    sums.short_abandoned += u64::from(waited.most < limit(office::SHORT_ABANDON));
                }
                _ => sums.missed += 1,
            }
        }
        (sums.talk, sums.hold) = talks(ledger, |talk| talk.via_id == queue_id);
        sums.wrap_up = ledger.rests.values().flatten().copied().sum();
        sums
    }

    pub(super) fn offered(&self) -> u64 {
        self.answered + self.missed + self.abandoned
    }

    pub(super) fn service_level(&self) -> Option<f64> {
        let counted = self.offered() - self.short_abandoned;
        (counted > 0).then(|| self.in_threshold as f64 / counted as f64)
    }

    pub(super) fn speed_of_answer(&self) -> Option<Bounds> {
        self.waited_for_answers.shared(self.answered)
    }

    pub(super) fn average_wait(&self) -> Option<Bounds> {
        self.waited.shared(self.offered())
    }
}

/// The talk without holds, and the holds, of the conversations of a kind.
fn talks(ledger: &Ledger, of: impl Fn(&Talk) -> bool) -> (Bounds, Bounds) {
    let talks = || {
        ledger
            .calls
            .iter()
            .filter_map(|call| call.talk.as_ref())
            .filter(|talk| of(talk))
    };
    let talk = talks().map(|talk| talk.length().without(talk.held())).sum();
    (talk, talks().map(Talk::held).sum())
}

/// The script keeps well away from the thresholds, so that no call is on the
/// edge of one.
fn limit(threshold: std::time::Duration) -> TimeDelta {
    TimeDelta::from_std(threshold).unwrap_or(TimeDelta::MAX)
}
