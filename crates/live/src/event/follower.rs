use std::time::Duration;

use redis::{aio::MultiplexedConnection, streams::StreamReadReply};

use crate::{Live, LiveError, Partition};

use super::{Envelope, Malformed, Offset};

/// Reads event streams on a connection of its own. It keeps no offsets: the caller passes them
/// in and moves them together with the effect of what it read.
///
/// On a Redis Cluster one read covers the partitions of one node: use a follower per node.
#[derive(Debug)]
pub struct Follower {
    live: Live,
    connection: Option<MultiplexedConnection>,
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

/// What Redis may take longer than the wait it was asked for.
const GRACE: Duration = Duration::from_secs(1);

impl Follower {
    /// A follower that connects on its first read.
    #[must_use]
    pub fn new(live: &Live) -> Self {
        Self {
            live: live.clone(),
            connection: None,
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
        if offsets.is_empty() {
            return Ok(Vec::new());
        }
        let mut command = redis::cmd("XREAD");
        command
            .arg("COUNT")
            .arg(limit)
            .arg("BLOCK")
            .arg(block.as_millis().max(1) as u64);
        command.arg("STREAMS");
        for (partition, _) in offsets {
            command.arg(self.live.keys().events(*partition));
        }
        for (_, offset) in offsets {
            command.arg(offset.to_string());
        }
        let reply = self.ask(&command, block + GRACE).await;
        let reply = reply.map_err(|error| LiveError::sort("XREAD", error))?;
        Ok(self.entries(reply.unwrap_or_default()))
    }

    async fn ask(
        &mut self,
        command: &redis::Cmd,
        wait: Duration,
    ) -> redis::RedisResult<Option<StreamReadReply>> {
        // Taken, and put back only after an answer: a read that was cancelled is still blocking
        // its connection, and the next read must not wait behind it.
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.live.connection().dedicated().await?,
        };
        let answer = tokio::time::timeout(wait, command.query_async(&mut connection)).await;
        let reply = answer.map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut))??;
        self.connection = Some(connection);
        Ok(reply)
    }

    fn entries(&self, reply: StreamReadReply) -> Vec<Entry> {
        let mut entries = Vec::new();
        for stream in reply.keys {
            let Some(partition) = self.live.keys().partition_of(&stream.key) else {
                continue;
            };
            for entry in stream.ids {
                // Redis itself makes these ids; one that does not parse cannot happen.
                let Ok(offset) = entry.id.parse() else {
                    continue;
                };
                entries.push(Entry {
                    partition,
                    offset,
                    event: Envelope::from_fields(entry.map),
                });
            }
        }
        entries
    }
}
