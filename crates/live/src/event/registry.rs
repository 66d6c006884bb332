//! Followers that must not miss an event.

use std::collections::BTreeMap;

use crate::{Key, Live, LiveError, Partition};

use super::{Offset, OffsetError};

/// Says that `follower` has seen the partition's events up to `offset`: none behind that is trimmed
/// before it says more, unless it says nothing for days (`follow.patience_days` of reporting). To
/// be said *before* the first read, and whenever the offset has moved.
pub async fn register(
    live: &Live,
    partition: Partition,
    follower: &str,
    offset: Offset,
) -> Result<(), LiveError> {
    let set = live.command("HSET").key(&key(live, partition));
    set.arg(follower).text(offset).run::<u64>().await.map(drop)
}

/// Who has registered, and how far they are; one that has written something else may have seen
/// nothing.
pub async fn registered(
    live: &Live,
    partition: Partition,
) -> Result<BTreeMap<String, Result<Offset, OffsetError>>, LiveError> {
    let all = live.command("HGETALL").key(&key(live, partition));
    let all: BTreeMap<String, String> = all.run().await?;
    let read = all.into_iter().map(|(name, offset)| (name, offset.parse()));
    Ok(read.collect())
}

fn key(live: &Live, partition: Partition) -> Key {
    live.keys().key(partition, "events:followers")
}
