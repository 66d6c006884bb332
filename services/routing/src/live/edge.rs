//! What Redis knows of edges: their commands, their calls, their current stream.

use std::{collections::BTreeMap, fmt, str::FromStr, sync::LazyLock, time::Duration};

use ids::{CallId, EdgeId};
use live::{Live, LiveError, Partition, Script, Tail, event::Offset, prelude, timer::Timers};

use super::keys;

static KEEP: LazyLock<Script> = LazyLock::new(|| {
    let source = include_str!("../../lua/keep_edge.lua");
    Script::with_prelude("routing.keep_edge", &[prelude::CORE], source)
});
static SILENT: LazyLock<Script> = LazyLock::new(|| {
    let source = include_str!("../../lua/silent_edge.lua");
    Script::with_prelude(
        "routing.silent_edge",
        &[prelude::CORE, prelude::TIMER],
        source,
    )
});

/// Calls of a dead edge ended at a time; the timer fires again for the rest.
const LOST_AT_ONCE: usize = 200;
/// How soon it does.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// An attachment is forgotten so long after the last sign of it.
const ATTACHMENT_TTL: Duration = Duration::from_secs(86_400);

/// Names a command for its edge: where it is in which partition's stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CommandId {
    pub(crate) partition: Partition,
    pub(crate) offset: Offset,
}

impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.partition.index(), self.offset)
    }
}

/// A text that no command has as its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a command_id from the Attach stream")]
pub(crate) struct NotACommand;

impl FromStr for CommandId {
    type Err = NotACommand;

    fn from_str(text: &str) -> Result<Self, NotACommand> {
        let (partition, offset) = text.split_once('-').ok_or(NotACommand)?;
        let index = partition.parse().map_err(|_| NotACommand)?;
        let partition = Partition::from_index(index).ok_or(NotACommand)?;
        let offset = offset.parse().map_err(|_| NotACommand)?;
        Ok(Self { partition, offset })
    }
}

/// Reads the commands of one edge from every partition, from the oldest unacknowledged on.
#[derive(Debug)]
pub(crate) struct Commands {
    tail: Tail,
    streams: Vec<(live::Key, Offset)>,
}

impl Commands {
    pub(crate) fn new(live: &Live, edge: EdgeId) -> Self {
        let streams = Partition::all()
            .map(|partition| (keys::commands(live, partition, edge), Offset::START))
            .collect();
        Self {
            tail: Tail::new(live),
            streams,
        }
    }

    /// The next commands, encoded; empty when there are none for `block`.
    pub(crate) async fn next(
        &mut self,
        limit: usize,
        block: Duration,
    ) -> Result<Vec<(CommandId, Vec<u8>)>, LiveError> {
        let entries = self.tail.read(&self.streams, limit, block).await?;
        let mut commands = Vec::with_capacity(entries.len());
        for mut entry in entries {
            self.streams[usize::from(entry.partition.index())].1 = entry.offset;
            if let Some(body) = entry.fields.remove("body") {
                let id = CommandId {
                    partition: entry.partition,
                    offset: entry.offset,
                };
                commands.push((id, body));
            }
        }
        Ok(commands)
    }
}

/// Forgets commands that the edge has carried out.
pub(crate) async fn acknowledge(
    live: &Live,
    edge: EdgeId,
    commands: &[CommandId],
) -> Result<(), LiveError> {
    let mut by_partition: BTreeMap<Partition, Vec<String>> = BTreeMap::new();
    for command in commands {
        by_partition
            .entry(command.partition)
            .or_default()
            .push(command.offset.to_string());
    }
    let acknowledged = by_partition
        .into_iter()
        .map(|(partition, offsets)| async move {
            let key = keys::commands(live, partition, edge);
            live.command("XDEL")
                .key(&key)
                .arg(offsets)
                .run::<u64>()
                .await
        });
    futures::future::try_join_all(acknowledged).await.map(drop)
}

/// Confirms the edge's calls of one partition; returns those that are not its calls.
pub(crate) async fn keep(
    live: &Live,
    timers: &Timers,
    partition: Partition,
    edge: EdgeId,
    lease: Duration,
    calls: &[CallId],
) -> Result<Vec<CallId>, LiveError> {
    let script = live
        .script(&KEEP)
        .key(&keys::edge_calls(live, partition, edge))
        .key(&timers.key(partition))
        .text(edge)
        .arg(lease.as_millis() as u64);
    let script = calls.iter().fold(script, |script, call| script.text(call));
    parsed(script.run().await?)
}

/// The edge's calls that it has not confirmed for a lease.
pub(crate) async fn silent(
    live: &Live,
    timers: &Timers,
    partition: Partition,
    edge: EdgeId,
    lease: Duration,
) -> Result<Vec<CallId>, LiveError> {
    let script = live
        .script(&SILENT)
        .key(&keys::edge_calls(live, partition, edge))
        .key(&timers.key(partition))
        .text(edge)
        .arg(lease.as_millis() as u64)
        .arg(LOST_AT_ONCE)
        .arg(LOOK_AGAIN.as_millis() as u64);
    parsed(script.run().await?)
}

fn parsed(ids: Vec<String>) -> Result<Vec<CallId>, LiveError> {
    Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
}

/// Makes this the edge's current stream.
pub(crate) async fn attach(live: &Live, edge: EdgeId, stream: &str) -> Result<(), LiveError> {
    let key = keys::attachment(live, edge);
    let ttl = ATTACHMENT_TTL.as_secs();
    live.command("SET")
        .key(&key)
        .arg(stream)
        .arg("EX")
        .arg(ttl)
        .run()
        .await
}

/// Whether this still is the edge's current stream.
pub(crate) async fn is_attached(
    live: &Live,
    edge: EdgeId,
    stream: &str,
) -> Result<bool, LiveError> {
    let key = keys::attachment(live, edge);
    let current: Option<String> = live.command("GET").key(&key).run().await?;
    // Forgotten is not taken over.
    Ok(current.is_none_or(|current| current == stream))
}
