//! Pub/sub wake-ups.

use std::time::Duration;

use futures::StreamExt;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use crate::{Live, Partition};

/// What a subscription hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// Somebody published on the partition's channel.
    Wake(Partition, Vec<u8>),
    /// Listening, at first or again after the connection was lost: what was published before
    /// is unknown, so look at everything.
    Listening,
}

/// Follows one channel of every partition on a connection of its own, and comes back by itself.
///
/// On a Redis Cluster a message reaches every node, so one connection still hears all.
#[derive(Debug)]
pub struct Subscription {
    signals: mpsc::Receiver<Signal>,
    _task: AbortOnDropHandle<()>,
}

/// Signals that may wait; a reader slower than this slows the connection, not this process.
const BUFFER: usize = 1024;

/// How long until the next attempt to listen again.
const PAUSE: Duration = Duration::from_millis(250);

impl Subscription {
    pub(crate) fn start(live: Live, pattern: String) -> Self {
        let (sender, signals) = mpsc::channel(BUFFER);
        let task = tokio::spawn(async move {
            loop {
                if let Err(error) = listen(&live, &pattern, &sender).await {
                    tracing::debug!(%pattern, %error, "not listening, trying again");
                }
                if sender.is_closed() {
                    return;
                }
                tokio::time::sleep(PAUSE).await;
            }
        });
        Self {
            signals,
            _task: AbortOnDropHandle::new(task),
        }
    }

    /// The next signal. Safe to cancel. Ends only with the runtime.
    pub async fn next(&mut self) -> Option<Signal> {
        self.signals.recv().await
    }
}

/// Returns when the connection ends or nobody wants to hear any more.
async fn listen(live: &Live, pattern: &str, to: &mpsc::Sender<Signal>) -> redis::RedisResult<()> {
    let mut pubsub = live.connection().pubsub().await?;
    pubsub.psubscribe(pattern).await?;
    if to.send(Signal::Listening).await.is_err() {
        return Ok(());
    }
    let mut messages = pubsub.into_on_message();
    while let Some(message) = messages.next().await {
        let Some(partition) = live.keys().partition_of(message.get_channel_name()) else {
            continue;
        };
        let payload = message.get_payload_bytes().to_vec();
        if to.send(Signal::Wake(partition, payload)).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}
