//! Which replica of a service works for which partition.
//!
//! The replicas of a role divide the partitions among themselves: each holds a fair share by
//! short leases, renews them, gives surplus ones back when a replica joins, and takes over when
//! one dies. [`Held`] is the right to act for one partition. It runs out by this process's own
//! monotonic clock *before* it runs out in Redis, so an owner that was paused (SIGSTOP, a
//! stalled machine) finds its lease over before another can have it:
//! ask [`Held::is_valid`] before every act.
//!
//! Between that check and Redis some time passes. A script that must not be run by a former
//! owner also takes [`Held::token`] and compares it with the lease's key, [`Held::key`], which
//! is in the same slot.

mod held;
mod keeper;
mod redis_side;

use std::{fmt, time::Duration};

use ids::ReplicaId;
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

pub use held::Held;

use crate::{Live, Partition};
use held::Slots;
use keeper::Keeper;
use redis_side::Role;

/// How long a lease lasts by default: the longest that a partition of a dead replica rests.
pub const DEFAULT_TTL: Duration = Duration::from_secs(3);

/// This replica's share of a role's partitions, kept by a background task.
pub struct Leases {
    slots: Slots,
    owned: watch::Receiver<Vec<Held>>,
    stop: CancellationToken,
    task: AbortOnDropHandle<()>,
}

impl Leases {
    /// Joins the replicas of `role` (a service's name). Returns at once; the first partitions
    /// come within milliseconds if Redis is there, and whenever it is.
    #[must_use]
    pub fn start(live: &Live, role: &'static str, replica: ReplicaId, ttl: Duration) -> Self {
        let slots = Slots::default();
        let stop = CancellationToken::new();
        let (owned_sender, owned) = watch::channel(Vec::new());
        let role = Role {
            live: live.clone(),
            name: role,
            replica,
            ttl,
        };
        let keeper = Keeper::new(role, slots.clone(), owned_sender);
        let task = AbortOnDropHandle::new(tokio::spawn(keeper.run(stop.clone())));
        Self {
            slots,
            owned,
            stop,
            task,
        }
    }

    /// The partitions held, in order; changes when one comes or goes. A hint for starting and
    /// stopping work: the right to act is [`Held::is_valid`].
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Vec<Held>> {
        self.owned.clone()
    }

    /// The lease on one partition, if it is held now.
    #[must_use]
    pub fn hold(&self, partition: Partition) -> Option<Held> {
        self.slots.held(partition).filter(Held::is_valid)
    }

    /// Gives everything back, so that others take over at once; for a drain, after the work on
    /// the partitions has stopped.
    pub async fn release(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the lease keeper ended badly");
        }
    }
}

impl fmt::Debug for Leases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leases")
            .field("owned", &*self.owned.borrow())
            .finish_non_exhaustive()
    }
}
