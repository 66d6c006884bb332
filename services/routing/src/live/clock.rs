use std::sync::{Arc, Mutex, PoisonError};

use clock::Clock;

use crate::domain::Time;

/// The time that deadlines are measured in: Redis's, as far as it is known here.
///
/// Every commit's answer says what Redis's clock showed when it ran; in between this process's
/// own clock carries on from there. So replicas whose clocks disagree still agree about calls,
/// to within a few milliseconds. What must be exact, the order of a waiting line, is left to
/// Redis itself.
#[derive(Debug, Clone)]
pub(crate) struct RedisClock {
    own: Clock,
    best: Arc<Mutex<Option<Sample>>>,
}

/// When Redis was asked, by this process's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked(i64);

/// One comparison of the clocks, in milliseconds.
#[derive(Debug, Clone, Copy)]
struct Sample {
    ahead: i64,
    took: i64,
    at: i64,
}

/// How long a comparison is preferred to one whose answer took longer: clocks drift.
const KEPT_MS: i64 = 10_000;

impl RedisClock {
    pub(crate) fn new(own: Clock) -> Self {
        Self {
            own,
            best: Arc::default(),
        }
    }

    pub(crate) fn now(&self) -> Time {
        let ahead = self.lock().map_or(0, |best| best.ahead);
        Time::from_millis(self.own_ms() + ahead)
    }

    /// Redis is about to be asked.
    pub(crate) fn ask(&self) -> Asked {
        Asked(self.own_ms())
    }

    /// Redis says that it was this late, at some moment in between: half-way is the best guess,
    /// and the faster the answer the better it is.
    pub(crate) fn answer(&self, Asked(asked): Asked, redis_ms: i64) {
        let at = self.own_ms();
        let took = (at - asked).max(0);
        let ahead = redis_ms - (asked + took / 2);
        let mut best = self.lock();
        if best.is_none_or(|best| took <= best.took || (at - best.at).abs() > KEPT_MS) {
            *best = Some(Sample { ahead, took, at });
        }
    }

    fn own_ms(&self) -> i64 {
        self.own.now().timestamp_millis()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Sample>> {
        // Whoever panicked left a sample that is as good as any.
        self.best.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;

    #[test]
    fn the_fastest_answer_counts_until_it_is_old() {
        let hands = Clock::manual(DateTime::UNIX_EPOCH);
        let clock = RedisClock::new(hands.clock());
        let answer_after = |ms, redis_ms| {
            let asked = clock.ask();
            hands.advance(TimeDelta::milliseconds(ms));
            clock.answer(asked, redis_ms);
        };
        answer_after(2, 5_001);
        assert_eq!(clock.now().millis(), 5_002);
        // Slow, so of little worth.
        answer_after(100, 5_100);
        assert_eq!(clock.now().millis(), 5_102);
        hands.advance(TimeDelta::seconds(11));
        answer_after(4, 17_104);
        assert_eq!(clock.now().millis(), 17_106);
    }
}
