//! Blocking reads of streams: the event bus, or a service's own, such as an edge's commands.

use std::{collections::HashMap, time::Duration};

use redis::{aio::MultiplexedConnection, streams::StreamReadReply};

use crate::{Key, Live, LiveError, Partition, event::Offset};

/// Reads streams on a connection of its own, because a read that blocks would hold up everybody
/// who shares one. It keeps no offsets: the caller passes them in.
///
/// On a Redis Cluster one read covers the streams of one node: use a tail per node.
#[derive(Debug)]
pub struct Tail {
    live: Live,
    connection: Option<MultiplexedConnection>,
}

/// One entry of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailEntry {
    /// Whose stream.
    pub partition: Partition,
    /// Its id: the offset to go on from after this entry.
    pub offset: Offset,
    /// What was written.
    pub fields: HashMap<String, Vec<u8>>,
}

/// What Redis may take longer than the wait it was asked for.
const GRACE: Duration = Duration::from_secs(1);

impl Tail {
    /// A tail that connects on its first read.
    #[must_use]
    pub fn new(live: &Live) -> Self {
        Self {
            live: live.clone(),
            connection: None,
        }
    }

    /// The entries after these offsets, at most `limit` of each stream, in stream order within a
    /// stream. Waits up to `block` (at least 1 ms) for the first; empty when none came. A stream
    /// that does not exist yet is an empty one.
    ///
    /// Safe to cancel: a connection whose read was cancelled is not used again.
    pub async fn read(
        &mut self,
        streams: &[(Key, Offset)],
        limit: usize,
        block: Duration,
    ) -> Result<Vec<TailEntry>, LiveError> {
        if streams.is_empty() {
            return Ok(Vec::new());
        }
        let mut command = redis::cmd("XREAD");
        command
            .arg("COUNT")
            .arg(limit)
            .arg("BLOCK")
            .arg(block.as_millis().max(1) as u64);
        command.arg("STREAMS");
        for (key, _) in streams {
            command.arg(key);
        }
        for (_, offset) in streams {
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
        // Taken, and put back only after an answer: a read that was cancelled still blocks its
        // connection, and the next read must not wait behind it.
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.live.connection().dedicated().await?,
        };
        let answer = tokio::time::timeout(wait, command.query_async(&mut connection)).await;
        let reply = answer.map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut))??;
        self.connection = Some(connection);
        Ok(reply)
    }

    fn entries(&self, reply: StreamReadReply) -> Vec<TailEntry> {
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
                let fields = entry.map.into_iter().filter_map(|(name, value)| {
                    Some((name, redis::FromRedisValue::from_redis_value(value).ok()?))
                });
                entries.push(TailEntry {
                    partition,
                    offset,
                    fields: fields.collect(),
                });
            }
        }
        entries
    }
}
