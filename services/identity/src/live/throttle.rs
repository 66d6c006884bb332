//! Attempts, counted.

use std::{sync::LazyLock, time::Duration};

use ::live::{Live, LiveError, Script, prelude};
use futures::future::try_join_all;
use ids::EventId;

pub use super::keys::Bucket;
use crate::domain::throttle::{EVERYWHERE, LOGIN, NETWORK, RESET, Slowdown};

static ATTEMPT: LazyLock<Script> = LazyLock::new(|| {
    Script::with_prelude(
        "identity.attempt",
        &[prelude::CORE],
        include_str!("../../lua/attempt.lua"),
    )
});

static FORGIVE: LazyLock<Script> = LazyLock::new(|| {
    Script::with_prelude(
        "identity.forgive",
        &[prelude::CORE],
        include_str!("../../lua/forgive.lua"),
    )
});

/// Slows guessing down. Clones share everything.
#[derive(Debug, Clone)]
pub struct Throttle(Live);

impl Throttle {
    /// Counts in this Redis.
    #[must_use]
    pub fn new(live: &Live) -> Self {
        Self(live.clone())
    }

    /// Counts an attempt against all buckets; how long to wait, if any of them says so.
    ///
    /// The buckets are in different partitions and are asked at the same time, so an attempt
    /// that one refuses may count in another. That errs on the side of slowness.
    pub async fn attempt(&self, buckets: &[Bucket]) -> Result<Option<Duration>, LiveError> {
        let operation = EventId::generate();
        let waits =
            try_join_all(buckets.iter().map(|bucket| self.count(bucket, operation))).await?;
        Ok(waits.into_iter().max().filter(|wait| !wait.is_zero()))
    }

    /// The attempt was honest: its login or device starts anew, the others forget this one.
    pub async fn forgive(&self, buckets: &[Bucket]) -> Result<(), LiveError> {
        try_join_all(buckets.iter().map(|bucket| {
            let how = match bucket {
                Bucket::Login(_)
                | Bucket::Device(_)
                | Bucket::Factor(_)
                | Bucket::FactorDevice(_) => "all",
                Bucket::Reset(_) | Bucket::Network(_) | Bucket::Everywhere => "one",
            };
            let key = bucket.key(self.0.keys());
            async move {
                self.0
                    .script(&FORGIVE)
                    .key(&key)
                    .arg(how)
                    .run::<u64>()
                    .await
            }
        }))
        .await?;
        Ok(())
    }

    async fn count(&self, bucket: &Bucket, operation: EventId) -> Result<Duration, LiveError> {
        let slowdown = slowdown(bucket);
        let wait: u64 = self
            .0
            .script(&ATTEMPT)
            .key(&bucket.key(self.0.keys()))
            .text(operation)
            .arg(slowdown.free)
            .arg(millis(slowdown.first))
            .arg(millis(slowdown.longest))
            .arg(millis(slowdown.memory))
            .run()
            .await?;
        Ok(Duration::from_millis(wait))
    }
}

/// What a bucket forgives.
#[must_use]
pub const fn slowdown(bucket: &Bucket) -> Slowdown {
    match bucket {
        Bucket::Login(_) | Bucket::Device(_) | Bucket::Factor(_) | Bucket::FactorDevice(_) => LOGIN,
        Bucket::Reset(_) => RESET,
        Bucket::Network(_) => NETWORK,
        Bucket::Everywhere => EVERYWHERE,
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
