//! Waiting lines: a sorted set per queue, by original arrival. Only commits change them.

use ids::{CallId, QueueId};
use live::{Live, LiveError, Partition};

use super::keys;
use crate::domain::Time;

/// The caller whose turn it is.
pub(crate) async fn head(
    live: &Live,
    partition: Partition,
    queue: QueueId,
) -> Result<Option<CallId>, LiveError> {
    let key = keys::line(live, partition, queue);
    let first: Vec<String> = live.command("ZRANGE").key(&key).arg(0).arg(0).run().await?;
    Ok(first.first().and_then(|id| id.parse().ok()))
}

/// How many wait, and the first of them with the time that orders them.
pub(crate) async fn show(
    live: &Live,
    partition: Partition,
    queue: QueueId,
    limit: u32,
) -> Result<(u32, Vec<(CallId, Time)>), LiveError> {
    let key = keys::line(live, partition, queue);
    let size = live.command("ZCARD").key(&key).run().await?;
    let last = i64::from(limit) - 1;
    let range = live
        .command("ZRANGE")
        .key(&key)
        .arg(0)
        .arg(last)
        .arg("WITHSCORES");
    let first: Vec<(String, f64)> = range.run().await?;
    let callers = first
        .into_iter()
        .filter_map(|(id, since)| Some((id.parse().ok()?, Time::from_millis(since as i64))))
        .collect();
    Ok((size, callers))
}
