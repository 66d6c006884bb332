//! The one place that asks what time it is.
//!
//! Everything that needs the time is given a [`Clock`], or better, a time; clippy refuses
//! `now()` elsewhere. So tests move time by hand, and a decision can be replayed.
//!
//! This is wall-clock time, which can step: what is stored and shown. It never measures how
//! long something took and never decides who holds a lease; that is the monotonic
//! `tokio::time::Instant` in one process, and Redis `TIME` between processes.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// Tells the time. Clones are the same clock.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Manual(Manual),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is moved, for tests.
    ///
    /// ```
    /// # use clock::Clock;
    /// # use chrono::{DateTime, TimeDelta};
    /// let hands = Clock::manual(DateTime::UNIX_EPOCH);
    /// let clock = hands.clock();
    /// hands.advance(TimeDelta::minutes(1));
    /// assert_eq!(clock.now().timestamp(), 60);
    /// ```
    #[must_use]
    pub fn manual(start: DateTime<Utc>) -> Manual {
        Manual(Arc::new(AtomicI64::new(start.timestamp_micros())))
    }

    /// The time, in whole microseconds: what Postgres keeps, so a stored time compares equal.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            #[expect(
                clippy::disallowed_methods,
                reason = "the one caller that the ban leaves"
            )]
            Source::System => Utc::now().trunc_subsecs(6),
            Source::Manual(manual) => manual.now(),
        }
    }
}

/// The hands of a manual clock. Clones move the same clock.
#[derive(Debug, Clone)]
pub struct Manual(Arc<AtomicI64>);

impl Manual {
    /// The clock that these hands move.
    #[must_use]
    pub fn clock(&self) -> Clock {
        Clock(Source::Manual(self.clone()))
    }

    /// What the clock shows.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0.load(Ordering::SeqCst))
            .unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// Moves the clock on; a negative step moves it back, as real clocks sometimes do.
    pub fn advance(&self, by: TimeDelta) {
        let micros = by.num_microseconds().unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_by_hand_and_for_everybody() {
        let hands = Clock::manual(DateTime::UNIX_EPOCH);
        let (one, other) = (hands.clock(), hands.clock().clone());
        assert_eq!(one.now(), DateTime::UNIX_EPOCH);
        hands.advance(TimeDelta::seconds(90));
        hands.advance(TimeDelta::seconds(-30));
        assert_eq!(other.now().timestamp(), 60);
    }

    #[test]
    fn the_system_clock_keeps_what_postgres_keeps() {
        let now = Clock::system().now();
        assert_eq!(now.timestamp_subsec_nanos() % 1000, 0);
        assert!(now.timestamp() > 1_700_000_000);
    }
}
