//! What is counted of people and queues, a quarter-hour at a time (REP-2, REP-3).
//!
//! Counts only ever add up (`longest` takes the larger), so batches may be cut anywhere and
//! summed in any order, over quarter-hours, people and queues. Ratios are made from the sums,
//! once, by the formulas in [`super::definitions`].

use std::collections::{BTreeMap, BTreeSet};

use api::presence::v1::State;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use ids::{AccountId, QueueId, UserId};

use super::{
    leg::OfferResult,
    quarter::{self, Quarter},
    wait::WaitResult,
};

/// The calls of one person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PersonCounts {
    /// Offers taken.
    pub answered: u64,
    /// Offers let pass.
    pub missed: u64,
    /// Offers declined.
    pub declined: u64,
    /// Offers that ended for no doing of the person.
    pub withdrawn: u64,
    /// Ringing time of the answered.
    pub rang: TimeDelta,
    /// Talk without holds.
    pub talk: TimeDelta,
    /// Holds.
    pub hold: TimeDelta,
    /// Rest after calls.
    pub wrap_up: TimeDelta,
}

impl PersonCounts {
    /// All offers.
    #[must_use]
    pub const fn offered(&self) -> u64 {
        self.answered + self.missed + self.declined + self.withdrawn
    }

    /// (talk + hold + wrap-up) / answered.
    #[must_use]
    pub fn average_handling_time(&self) -> Option<TimeDelta> {
        average(self.talk + self.hold + self.wrap_up, self.answered)
    }

    /// Ringing time of answered offers / answered.
    #[must_use]
    pub fn average_time_to_answer(&self) -> Option<TimeDelta> {
        average(self.rang, self.answered)
    }

    /// Adds another span of time of the same person.
    pub fn add(&mut self, other: &Self) {
        self.answered += other.answered;
        self.missed += other.missed;
        self.declined += other.declined;
        self.withdrawn += other.withdrawn;
        self.rang += other.rang;
        self.talk += other.talk;
        self.hold += other.hold;
        self.wrap_up += other.wrap_up;
    }

    /// Counts an offer that was settled after it `rang`.
    pub fn settle(&mut self, result: OfferResult, rang: TimeDelta) {
        match result {
            OfferResult::Answered => {
                self.answered += 1;
                self.rang += rang;
            }
            OfferResult::Missed => self.missed += 1,
            OfferResult::Declined => self.declined += 1,
            OfferResult::Withdrawn => self.withdrawn += 1,
        }
    }

    /// Counts a talk that ended.
    pub fn talked(&mut self, talk: TimeDelta, hold: TimeDelta) {
        self.talk += talk;
        self.hold += hold;
    }
}

/// The callers of one queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// Left with an answer.
    pub answered: u64,
    /// Left otherwise without hanging up.
    pub missed: u64,
    /// Hung up while waiting.
    pub abandoned: u64,
    /// The abandoned before the short-abandon threshold.
    pub short_abandoned: u64,
    /// The answered within the service-level threshold.
    pub in_threshold: u64,
    /// Waiting time of the answered.
    pub answered_wait: TimeDelta,
    /// Waiting time of all.
    pub wait: TimeDelta,
    /// The longest wait.
    pub longest: TimeDelta,
    /// Talk without holds.
    pub talk: TimeDelta,
    /// Holds.
    pub hold: TimeDelta,
    /// Rest after the queue's calls.
    pub wrap_up: TimeDelta,
}

impl QueueCounts {
    /// All who left the line or found it closed to them.
    #[must_use]
    pub const fn offered(&self) -> u64 {
        self.answered + self.missed + self.abandoned
    }

    /// Σ (answered − queued) / answered.
    #[must_use]
    pub fn average_speed_of_answer(&self) -> Option<TimeDelta> {
        average(self.answered_wait, self.answered)
    }

    /// Waiting time of all / offered.
    #[must_use]
    pub fn average_wait(&self) -> Option<TimeDelta> {
        average(self.wait, self.offered())
    }

    /// Answered within the threshold / (offered − short-abandoned).
    #[must_use]
    pub fn service_level(&self) -> Option<f64> {
        let counted = self.offered().saturating_sub(self.short_abandoned);
        (counted > 0).then(|| self.in_threshold as f64 / counted as f64)
    }

    /// Adds another span of time of the same queue.
    pub fn add(&mut self, other: &Self) {
        self.answered += other.answered;
        self.missed += other.missed;
        self.abandoned += other.abandoned;
        self.short_abandoned += other.short_abandoned;
        self.in_threshold += other.in_threshold;
        self.answered_wait += other.answered_wait;
        self.wait += other.wait;
        self.longest = self.longest.max(other.longest);
        self.talk += other.talk;
        self.hold += other.hold;
        self.wrap_up += other.wrap_up;
    }

    /// Counts a caller who left after they `waited`.
    pub fn leave(&mut self, result: WaitResult, waited: TimeDelta) {
        match result {
            WaitResult::Answered { in_threshold } => {
                self.answered += 1;
                self.in_threshold += u64::from(in_threshold);
                self.answered_wait += waited;
            }
            WaitResult::Abandoned { short } => {
                self.abandoned += 1;
                self.short_abandoned += u64::from(short);
            }
            WaitResult::Missed => self.missed += 1,
        }
        self.wait += waited;
        self.longest = self.longest.max(waited);
    }

    /// Counts a talk that ended.
    pub fn talked(&mut self, talk: TimeDelta, hold: TimeDelta) {
        self.talk += talk;
        self.hold += hold;
    }
}

fn average(sum: TimeDelta, count: u64) -> Option<TimeDelta> {
    let micros = sum
        .num_microseconds()?
        .checked_div(i64::try_from(count).ok()?)?;
    Some(TimeDelta::microseconds(micros))
}

/// What a batch of events adds to the statistics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rollup {
    /// Calls of people, by the quarter-hour in which the counted thing happened.
    pub people: BTreeMap<(AccountId, UserId, Quarter), PersonCounts>,
    /// Callers of queues, by the quarter-hour in which they left the line.
    pub queues: BTreeMap<(AccountId, QueueId, Quarter), QueueCounts>,
    /// Time of people in presence states, by the quarter-hour that it was spent in.
    pub states: BTreeMap<(AccountId, UserId, Quarter, State), TimeDelta>,
    /// Days that people spent in one state from midnight to midnight, UTC.
    pub days: BTreeSet<(AccountId, UserId, NaiveDate, State)>,
}

impl Rollup {
    /// Where something about a person counts.
    pub fn person(
        &mut self,
        account: AccountId,
        person: UserId,
        at: DateTime<Utc>,
    ) -> &mut PersonCounts {
        self.people
            .entry((account, person, Quarter::of(at)))
            .or_default()
    }

    /// Where something about a queue counts.
    pub fn queue(
        &mut self,
        account: AccountId,
        queue: QueueId,
        at: DateTime<Utc>,
    ) -> &mut QueueCounts {
        self.queues
            .entry((account, queue, Quarter::of(at)))
            .or_default()
    }

    /// Counts the time that a person spent in a state.
    pub fn state(
        &mut self,
        account: AccountId,
        person: UserId,
        state: State,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) {
        let pieces = quarter::cut(from, until);
        for (quarter, length) in pieces.quarters {
            *self
                .states
                .entry((account, person, quarter, state))
                .or_default() += length;
        }
        self.days.extend(
            pieces
                .days
                .into_iter()
                .map(|day| (account, person, day, state)),
        );
    }
}
