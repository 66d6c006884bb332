//! How often, and how far apart, a conflict is tried again.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

/// The waits between attempts at a transaction: jittered, because those that
/// collided once would collide again in step.
pub(crate) fn conflict_waits() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(5))
        .with_max_delay(Duration::from_millis(100))
        .with_max_times(5)
        .with_jitter()
        .build()
}

/// The waits of a background task while Postgres or Redis is gone: for ever,
/// about once a second in the end.
pub(crate) fn outage_waits() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(50))
        .with_max_delay(Duration::from_secs(1))
        .without_max_times()
        .with_jitter()
        .build()
}
