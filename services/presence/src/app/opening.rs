//! Who may grant: epochs, as this process has seen them.

use std::sync::atomic::{AtomicI64, Ordering};

use live::Partition;

use super::App;
use crate::{error::Error, live::Opening};

/// The latest epoch seen of every partition. It lives outside Redis, so that a Redis that has
/// lost everything cannot pretend that nobody was ever on a call.
#[derive(Debug)]
pub(super) struct Epochs(Box<[AtomicI64]>);

impl Default for Epochs {
    fn default() -> Self {
        Self(Partition::all().map(|_| AtomicI64::new(0)).collect())
    }
}

impl Epochs {
    pub(super) fn known(&self, partition: Partition) -> i64 {
        self.0[usize::from(partition.index())].load(Ordering::Relaxed)
    }

    pub(super) fn saw(&self, partition: Partition, epoch: i64) {
        self.0[usize::from(partition.index())].fetch_max(epoch, Ordering::Relaxed);
    }
}

impl App {
    /// Opens a partition that a script found closed, or says how long it stays closed. Whoever
    /// asks after that time opens it: no reconciler has to live through the wait.
    pub(super) async fn open(&self, partition: Partition) -> Result<(), Error> {
        let known = self.0.epochs.known(partition);
        match self
            .0
            .store
            .open(partition, known, self.0.settings.opening)
            .await?
        {
            Opening::Open { epoch } => {
                self.0.epochs.saw(partition, epoch);
                tracing::info!(%partition, epoch, "partition open");
                Ok(())
            }
            Opening::Waiting { wait } => {
                tracing::warn!(%partition, ?wait, "redis changed its history: locks are confirmed");
                Err(Error::PartitionOpening { wait })
            }
        }
    }
}
