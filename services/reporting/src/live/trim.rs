//! Dropping events that everybody has behind them (I20).

use chrono::{DateTime, Utc};
use live::{Live, LiveError, Partition, event, event::Offset};

/// Which events are kept although reporting has them.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// All that are not older than this: followers that keep no offset, because a cache that is
    /// too old heals by itself, read those.
    pub young: DateTime<Utc>,
    /// For registered followers, none that are older than this: one that is gone for good must
    /// not fill the Redis that calls run on.
    pub old: DateTime<Utc>,
}

/// Drops the events of a partition up to the committed offset, but none that a registered
/// follower has not seen and may still come for. Returns how many went.
pub async fn trim(
    live: &Live,
    partition: Partition,
    committed: Offset,
    keep: Keep,
) -> Result<u64, LiveError> {
    let mut through = committed.min(before(keep.young));
    let overdue = before(keep.old).min(through);
    for (name, offset) in event::registered(live, partition).await? {
        let seen = offset.unwrap_or_else(|error| {
            tracing::error!(%partition, follower = name, %error, "a follower's offset cannot be read: it counts as none");
            Offset::START
        });
        if event::any_between(live, partition, seen, overdue).await? {
            tracing::error!(%partition, follower = name, offset = %seen, through = %overdue, "a follower was away for too long: it misses events");
        }
        through = through.min(seen.max(overdue));
    }
    if through == Offset::START {
        return Ok(0);
    }
    event::trim(live, partition, through).await
}

/// The place in a stream before everything that was written at `at` or later.
fn before(at: DateTime<Utc>) -> Offset {
    format!("{}-0", at.timestamp_millis().max(0))
        .parse()
        .unwrap_or_default()
}
