//! Word of changed plans, from Postgres to every watcher.
//!
//! A change says `NOTIFY` in its transaction; each replica listens with one connection and passes
//! the word on. Whatever may have been missed (a lost connection, a slow watcher) is told as a
//! reset, so a watcher needs no acknowledgement to be certain.

use std::time::Duration;

use sea_orm::sqlx::postgres::PgListener;
use store::StoreError;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::App;
use crate::store::plan::{CHANNEL, Changed};

/// How many words a watcher may be behind before it is told to start over.
const BACKLOG: usize = 1024;

/// A connection that says nothing for this long is asked whether it is still there.
const SILENCE: Duration = Duration::from_secs(5);

/// Between attempts to listen again.
const PAUSE: Duration = Duration::from_millis(250);

/// What a watcher is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// A plan has changed.
    Changed(Changed),
    /// Changes may have been missed.
    Reset,
}

/// Where watchers listen.
#[derive(Debug)]
pub struct Watch(broadcast::Sender<News>);

impl Watch {
    pub(super) fn new() -> Self {
        Self(broadcast::Sender::new(BACKLOG))
    }

    /// From now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<News> {
        self.0.subscribe()
    }

    /// Nobody watching is no failure.
    fn tell(&self, news: News) {
        let _ = self.0.send(news);
    }
}

impl App {
    /// Passes the word on until `drain`.
    pub async fn listen(self, drain: CancellationToken) {
        let work = async {
            loop {
                if let Err(error) = self.listen_once().await {
                    tracing::warn!(%error, "plan changes cannot be heard");
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        drain.run_until_cancelled(work).await;
    }

    /// Listens until the connection is lost.
    async fn listen_once(&self) -> Result<(), StoreError> {
        let mut listener = self.0.store.listen(CHANNEL).await?;
        // Losing it ends this function, so that the reset comes after listening has begun again.
        listener.eager_reconnect(false);
        self.watch().tell(News::Reset);
        loop {
            match tokio::time::timeout(SILENCE, listener.try_recv()).await {
                Ok(Ok(Some(word))) => self.watch().tell(read(word.payload())),
                Ok(Ok(None)) => return Ok(()),
                Ok(Err(error)) => return Err(error.into()),
                Err(_) => still_there(&mut listener).await?,
            }
        }
    }
}

/// A connection may be dead without anybody having said so.
async fn still_there(listener: &mut PgListener) -> Result<(), StoreError> {
    use sea_orm::sqlx::Executor as _;
    let asked = tokio::time::timeout(SILENCE, listener.execute("SELECT 1")).await;
    asked.map_err(|_| sea_orm::sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))??;
    Ok(())
}

fn read(payload: &str) -> News {
    serde_json::from_str(payload).map_or_else(
        |error| {
            // Somebody else's word on our channel; what it means is unknown.
            tracing::warn!(%error, "an unreadable word of a plan change");
            News::Reset
        },
        News::Changed,
    )
}
