//! Deadlines that fire even if whoever set them is gone.
//!
//! A service keeps its timers in one sorted set per partition, `{pNNN}:<service>:timers`: the
//! member says what is due (`call_…:ring`, at most a few dozen bytes of machine-made text), the
//! score is when, in milliseconds of Redis `TIME`. Scripts arm and cancel them with the Lua
//! prelude [`TIMER`](crate::prelude::TIMER), in the same step as the state they belong to.
//!
//! [`Timers::run`] fires those of the partitions that this replica leases. **A timer is removed
//! only by the transition that handles it**, in its script: it fires at least once, so the
//! transition checks the state again. A handler that fails is called again a second later.
//!
//! The owner sleeps until the next deadline or until a wake-up says that an earlier one was
//! armed; it looks once a second all the same, so a lost wake-up costs at most that.

mod owner;
mod redis_side;
mod runner;

use std::fmt::{self, Display};

use chrono::{DateTime, Utc};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{
    Key, Live, LiveError, Partition,
    lease::{Held, Leases},
};

/// The timers of one service.
#[derive(Debug, Clone)]
pub struct Timers {
    live: Live,
    service: &'static str,
}

/// A timer that is due.
#[derive(Debug, Clone)]
pub struct Due {
    /// What was armed.
    pub member: String,
    /// When it was due.
    pub at: DateTime<Utc>,
    /// The right to act. The loop checked it just now; check again before a late effect.
    pub lease: Held,
}

impl Due {
    /// The partition.
    #[must_use]
    pub fn partition(&self) -> Partition {
        self.lease.partition()
    }
}

/// What became of a timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fired {
    /// A transition ran, and removed or re-armed the timer in its script.
    Handled,
    /// There is nothing it belongs to any more: remove it, unless it was re-armed meanwhile.
    Stale,
}

impl Timers {
    /// The timers of `service`.
    #[must_use]
    pub fn new(live: &Live, service: &'static str) -> Self {
        Self {
            live: live.clone(),
            service,
        }
    }

    /// The sorted set of one partition, for scripts.
    #[must_use]
    pub fn key(&self, partition: Partition) -> Key {
        self.live
            .keys()
            .key(partition, format_args!("{}:timers", self.service))
    }

    /// Arms or moves a timer from outside a script, for what has no other state in Redis.
    pub async fn arm(
        &self,
        partition: Partition,
        member: impl Display,
        at: DateTime<Utc>,
    ) -> Result<(), LiveError> {
        redis_side::arm(&self.live, &self.key(partition), &member.to_string(), at).await
    }

    /// Fires due timers of the partitions in `leases` until stopped.
    ///
    /// `handle` runs for up to 32 timers of a partition at a time and is given ten seconds.
    #[must_use]
    pub fn run<H, F, E>(&self, leases: &Leases, handle: H) -> Running
    where
        H: Fn(Due) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Fired, E>> + Send + 'static,
        E: Display + Send + 'static,
    {
        let stop = CancellationToken::new();
        let running = runner::run(self.clone(), leases.watch(), handle, stop.clone());
        Running {
            stop,
            task: AbortOnDropHandle::new(tokio::spawn(running)),
        }
    }

    fn wake_channel(&self) -> String {
        format!("{}:timers:wake", self.service)
    }
}

/// A timer loop at work. Dropping it ends it at once.
pub struct Running {
    stop: CancellationToken,
    task: AbortOnDropHandle<()>,
}

impl Running {
    /// Starts no further timer and waits for the handlers under way.
    pub async fn stop(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the timer loop ended badly");
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").finish_non_exhaustive()
    }
}
