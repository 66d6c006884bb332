//! What must be done now and then beside following: measure, trim, open months.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use chrono::TimeDelta;
use futures::future::try_join_all;
use live::{Partition, event, event::Offset};
use store::follow;
use tokio::time::Instant;

use super::Bus;
use crate::{
    config::Follow,
    error::Error,
    live::{
        behind::behind,
        trim::{Keep, trim},
    },
    store::month::OpenMonths,
};

pub(super) struct Tending {
    bus: Bus,
    every: Duration,
    keep: TimeDelta,
    patience: TimeDelta,
    months: OpenMonths,
    next: Instant,
    /// The last entry that each partition had lost when it was looked at.
    lost: BTreeMap<Partition, Offset>,
}

impl Tending {
    pub(super) fn new(bus: Bus, settings: Follow) -> Self {
        Self {
            bus,
            every: Duration::from_secs(settings.tend_seconds),
            keep: TimeDelta::seconds(i64::from(settings.keep_seconds)),
            patience: TimeDelta::days(i64::from(settings.patience_days)),
            months: OpenMonths::default(),
            next: Instant::now(),
            lost: BTreeMap::new(),
        }
    }

    /// Does it if it is time to. Never fails: following goes on without it.
    pub(super) async fn tend(&mut self, partitions: &BTreeSet<Partition>) {
        if Instant::now() < self.next {
            return;
        }
        self.next = Instant::now() + self.every;
        if let Err(error) = self.try_tend(partitions).await {
            let error: &(dyn std::error::Error + 'static) = &error;
            tracing::warn!(error, "streams are not trimmed");
        }
    }

    async fn try_tend(&mut self, partitions: &BTreeSet<Partition>) -> Result<(), Error> {
        let now = self.bus.clock.now();
        let keep = Keep {
            young: now - self.keep,
            old: now - self.patience,
        };
        // From Postgres: what another replica committed counts, what we believe does not.
        let offsets = follow::load(&self.bus.store).await?;
        let live = &self.bus.live;
        let looks = partitions.iter().map(|partition| async {
            let offset = offsets.get(partition).copied().unwrap_or_default();
            let waiting = behind(live, *partition, offset).await?;
            let lost = event::trimmed(live, *partition).await?;
            trim(live, *partition, offset, keep).await?;
            let kept = event::length(live, *partition).await?;
            self.bus.meters.partition(*partition, waiting, kept);
            Ok::<_, Error>((*partition, lost, offset))
        });
        for (partition, lost, offset) in try_join_all(looks).await? {
            let known = self.lost.insert(partition, lost);
            if lost > offset && known != Some(lost) {
                tracing::error!(%partition, %lost, %offset, "events were trimmed before they were folded");
            }
        }
        self.months.open_ahead(&self.bus.store, now).await
    }
}
