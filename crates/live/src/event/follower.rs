use std::time::Duration;

use crate::{Live, LiveError, Partition, Tail};

use super::{Envelope, Malformed, Offset};

/// Reads event streams on a connection of its own. It keeps no offsets: the caller passes them
/// in and moves them together with the effect of what it read.
///
/// On a Redis Cluster one read covers the partitions of one node: use a follower per node.
#[derive(Debug)]
pub struct Follower {
    live: Live,
    tail: Tail,
}

/// One entry of a partition's stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Whose stream.
    pub partition: Partition,
    /// The offset to go on from after this entry.
    pub offset: Offset,
    /// The event, or why there is none.
    pub event: Result<Envelope, Malformed>,
}

impl Follower {
    /// A follower that connects on its first read.
    #[must_use]
    pub fn new(live: &Live) -> Self {
        Self {
            live: live.clone(),
            tail: Tail::new(live),
        }
    }

    /// The events after `offsets`, at most `limit` of each partition, in stream order within a
    /// partition. Waits up to `block` (at least 1 ms) for the first; empty when none came.
    ///
    /// Safe to cancel: nothing is acknowledged, so nothing is lost.
    pub async fn read(
        &mut self,
        offsets: &[(Partition, Offset)],
        limit: usize,
        block: Duration,
    ) -> Result<Vec<Entry>, LiveError> {
        let keys = self.live.keys();
        let streams: Vec<_> = offsets
            .iter()
            .map(|(partition, offset)| (keys.events(*partition), *offset))
            .collect();
        let read = self.tail.read(&streams, limit, block).await?;
        let entries = read.into_iter().map(|entry| Entry {
            partition: entry.partition,
            offset: entry.offset,
            event: Envelope::from_fields(entry.fields),
        });
        Ok(entries.collect())
    }
}
