//! Dropping events that everybody has behind them (I20).

use chrono::{DateTime, Utc};
use live::{Live, LiveError, Partition, event, event::Offset};

/// Drops the events of a partition up to the committed offset, but none that a registered
/// follower has not seen, and none younger than `young`: followers that keep no offset, because a
/// cache that is too old heals by itself, read those. Returns how many went.
pub async fn trim(
    live: &Live,
    partition: Partition,
    committed: Offset,
    young: DateTime<Utc>,
) -> Result<u64, LiveError> {
    let mut through = committed.min(before(young));
    for (name, offset) in event::registered(live, partition).await? {
        match offset {
            Ok(offset) => through = through.min(offset),
            Err(error) => {
                tracing::error!(%partition, follower = name, %error, "a follower's offset cannot be read: nothing is trimmed");
                return Ok(0);
            }
        }
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
