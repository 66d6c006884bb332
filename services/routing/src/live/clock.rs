use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use clock::Clock;

use crate::domain::Time;

/// The time that deadlines are measured in: Redis's, as far as it is known here.
///
/// Every commit's answer says what Redis's clock shows; in between this process's own clock
/// carries on from there. So replicas whose clocks disagree still agree about calls.
#[derive(Debug, Clone)]
pub(crate) struct RedisClock {
    own: Clock,
    ahead_ms: Arc<AtomicI64>,
}

impl RedisClock {
    pub(crate) fn new(own: Clock) -> Self {
        Self {
            own,
            ahead_ms: Arc::default(),
        }
    }

    pub(crate) fn now(&self) -> Time {
        let own = self.own.now().timestamp_millis();
        Time::from_millis(own + self.ahead_ms.load(Ordering::Relaxed))
    }

    /// Redis has just said what time it is.
    pub(crate) fn set(&self, redis_ms: i64) {
        let own = self.own.now().timestamp_millis();
        self.ahead_ms.store(redis_ms - own, Ordering::Relaxed);
    }
}
