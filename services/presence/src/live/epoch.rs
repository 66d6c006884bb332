//! Opening partitions: see `lua/open.lua`.

use std::time::Duration;

use live::Partition;

use super::{Store, script};
use crate::error::Error;

/// What became of an attempt to open a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// Grants are made with this epoch.
    Open {
        /// Milliseconds since 1970.
        epoch: i64,
    },
    /// Live legs get this long to put their locks back.
    Waiting {
        /// How long.
        wait: Duration,
    },
}

impl Store {
    /// Opens a partition for grants, unless locks must be confirmed first. `known` is the latest
    /// epoch that this process has seen of it, 0 for none.
    pub async fn open(
        &self,
        partition: Partition,
        known: i64,
        default_wait: Duration,
    ) -> Result<Opening, Error> {
        let wait_ms = u64::try_from(default_wait.as_millis()).unwrap_or(u64::MAX);
        let call = self
            .live
            .script(&script::OPEN)
            .key(&self.keys.epoch(partition));
        let (epoch, wait_ms): (i64, u64) = call.arg(known).arg(wait_ms).run().await?;
        Ok(match wait_ms {
            0 => Opening::Open { epoch },
            wait => Opening::Waiting {
                wait: Duration::from_millis(wait),
            },
        })
    }
}
