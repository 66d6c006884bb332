//! The follower's loop.

use std::{collections::BTreeSet, time::Duration};

use boot::BoxError;
use ids::ReplicaId;
use live::{
    Partition,
    lease::{DEFAULT_TTL, Held, Leases},
};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{Bus, Reader, tend::Tending};
use crate::{config::Follow, error::Error};

/// The longest wait for events: how late a lease that came or went is seen.
const BLOCK: Duration = Duration::from_millis(500);
/// Waits between attempts while Postgres or Redis is gone.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Follows until `drain` is cancelled; a batch under way is finished. Whatever fails is tried
/// again: the events wait in Redis.
pub async fn run(bus: Bus, settings: Follow, drain: CancellationToken) -> Result<(), BoxError> {
    let leases = Leases::start(&bus.live, "reporting", ReplicaId::generate(), DEFAULT_TTL);
    let mut follower = Loop {
        tending: Tending::new(bus.clone(), settings),
        reader: Reader::new(bus),
        owned: leases.watch(),
        collect: Duration::from_millis(settings.collect_ms),
        drain,
    };
    follower.run().await;
    leases.release().await;
    Ok(())
}

struct Loop {
    reader: Reader,
    tending: Tending,
    owned: watch::Receiver<Vec<Held>>,
    collect: Duration,
    drain: CancellationToken,
}

impl Loop {
    async fn run(&mut self) {
        let mut wait = FIRST_WAIT;
        while !self.drain.is_cancelled() {
            match self.round().await {
                Ok(()) => wait = FIRST_WAIT,
                Err(error) => {
                    tell(&error, wait);
                    // What was committed is unknown now.
                    self.reader.forget();
                    self.pause(wait).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
            }
        }
    }

    async fn round(&mut self) -> Result<(), Error> {
        let partitions = self.partitions();
        if partitions.is_empty() {
            let _ = timeout(BLOCK, self.owned.changed()).await;
            return Ok(());
        }
        self.tending.tend(&partitions).await;
        let batch = tokio::select! {
            batch = self.reader.read(&partitions, BLOCK) => batch?,
            () = self.drain.cancelled() => return Ok(()),
        };
        if batch.is_empty() {
            return Ok(());
        }
        let full = batch.is_full();
        let begun = Instant::now();
        self.reader.fold(batch).await?;
        if !full {
            // Few large batches cost less than many small ones, and the report has a second.
            self.pause(self.collect.saturating_sub(begun.elapsed()))
                .await;
        }
        Ok(())
    }

    fn partitions(&mut self) -> BTreeSet<Partition> {
        self.owned
            .borrow_and_update()
            .iter()
            .filter(|held| held.is_valid())
            .map(Held::partition)
            .collect()
    }

    async fn pause(&self, wait: Duration) {
        tokio::select! {
            () = sleep(wait) => {}
            () = self.drain.cancelled() => {}
        }
    }
}

fn tell(error: &(dyn std::error::Error + 'static), wait: Duration) {
    tracing::warn!(error, ?wait, "the report falls behind");
}
