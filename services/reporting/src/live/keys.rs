//! Every key of reporting in Redis.

use live::{Key, Keyspace, Partition};

/// A hash of the followers of a partition's stream that must not miss an event: name → offset, as
/// text. Whoever follows with an offset of its own registers here, *before* it first reads, and
/// writes its offset whenever it has moved; reporting trims behind all of them. A follower that is
/// gone for good must be taken out by hand, or the stream grows.
#[must_use]
pub fn followers(keys: &Keyspace, partition: Partition) -> Key {
    keys.key(partition, "reporting:followers")
}
