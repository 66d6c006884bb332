use std::sync::Arc;

use futures::future::join_all;
use tokio::{
    sync::watch,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

use crate::{Key, LiveError, Partition};

use super::{
    held::{Held, Slots},
    redis_side::Role,
};

/// Keeps the leases of one replica: a round every third of their life.
pub(crate) struct Keeper {
    role: Role,
    slots: Slots,
    owned: watch::Sender<Vec<Held>>,
    /// Every partition's key, in the order in which this replica looks for free ones: each
    /// starts somewhere else, so that they do not all reach for the same.
    keys: Vec<Arc<Key>>,
    /// Makes every token of this process another one.
    generation: u64,
}

impl Keeper {
    pub(crate) fn new(role: Role, slots: Slots, owned: watch::Sender<Vec<Held>>) -> Self {
        let mut keys: Vec<_> = Partition::all()
            .map(|partition| Arc::new(role.key(partition)))
            .collect();
        let start = Partition::of_bytes(role.replica.uuid().as_bytes()).index();
        keys.rotate_left(usize::from(start));
        Self {
            role,
            slots,
            owned,
            keys,
            generation: 0,
        }
    }

    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut healthy = true;
        loop {
            // Half a life at most: with Redis silent a round must not outlive the leases.
            let round = tokio::time::timeout(self.role.ttl / 2, self.round()).await;
            match round {
                Ok(Ok(())) => healthy = true,
                Ok(Err(error)) if healthy => {
                    healthy = false;
                    tracing::warn!(role = self.role.name, %error, "leases are not renewed");
                }
                Ok(Err(_)) => {}
                Err(_) => healthy = false,
            }
            self.publish();
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(self.pause()) => {}
            }
        }
        self.give_back_all().await;
    }

    async fn round(&mut self) -> Result<(), LiveError> {
        let share = self.role.join().await?;
        self.renew_all().await?;
        let held: Vec<_> = self.held();
        if held.len() > share {
            let surplus = held.into_iter().skip(share);
            self.give_back(surplus.collect()).await?;
        } else {
            self.take(share - held.len()).await?;
        }
        Ok(())
    }

    async fn renew_all(&self) -> Result<(), LiveError> {
        let renewals = self.held().into_iter().map(|held| async move {
            let asked_at = Instant::now();
            match self.role.renew(held.key(), held.token()).await {
                Ok(true) => self.slots.extend(&held, self.deadline(asked_at)),
                Ok(false) => self.slots.clear(held.partition()),
                Err(error) => return Err(error),
            }
            Ok(())
        });
        join_all(renewals).await.into_iter().collect()
    }

    /// Looks for free partitions until it has `missing` more.
    async fn take(&mut self, missing: usize) -> Result<(), LiveError> {
        let mut missing = missing;
        let keys = self.keys.clone();
        let mut free = keys
            .iter()
            .filter(|key| self.slots.held(key.partition()).is_none());
        while missing > 0 {
            let next: Vec<_> = free.by_ref().take(missing).collect();
            if next.is_empty() {
                return Ok(());
            }
            self.generation += 1;
            let token: Arc<str> = format!("{}:{}", self.role.replica, self.generation).into();
            let attempts = next.iter().map(|key| async {
                let asked_at = Instant::now();
                let taken = self.role.take(key, &token).await?;
                if taken {
                    self.slots.grant(key, &token, self.deadline(asked_at));
                }
                Ok::<_, LiveError>(usize::from(taken))
            });
            for taken in join_all(attempts).await {
                missing -= taken?;
            }
        }
        Ok(())
    }

    /// Ends the leases here first, then in Redis.
    async fn give_back(&self, leases: Vec<Held>) -> Result<(), LiveError> {
        for held in &leases {
            self.slots.clear(held.partition());
        }
        self.publish();
        let releases = leases
            .iter()
            .map(|held| self.role.release(held.key(), held.token()));
        join_all(releases).await.into_iter().collect()
    }

    async fn give_back_all(&self) {
        let all = self.held();
        let result = match self.give_back(all).await {
            Ok(()) => self.role.leave().await,
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            tracing::warn!(role = self.role.name, %error, "leases are left to run out");
        }
    }

    /// Tells the watchers, if anything came or went.
    fn publish(&self) {
        let mut held: Vec<_> = self.held().into_iter().filter(Held::is_valid).collect();
        held.sort_by_key(Held::partition);
        self.owned.send_if_modified(|before| {
            let same = before.len() == held.len()
                && before
                    .iter()
                    .zip(&held)
                    .all(|(before, now)| before.is_same(now));
            if !same {
                *before = held;
            }
            !same
        });
    }

    /// The leases that have not run out. One that has is dropped, never renewed: somebody else
    /// may have had the partition in between.
    fn held(&self) -> Vec<Held> {
        let known = self
            .keys
            .iter()
            .filter_map(|key| self.slots.held(key.partition()));
        let (valid, over): (Vec<_>, Vec<_>) = known.partition(Held::is_valid);
        for held in over {
            self.slots.clear(held.partition());
        }
        valid
    }

    /// Counted from before Redis was asked, and a tenth short for clocks that run unevenly: over
    /// here before it is over there.
    fn deadline(&self, asked_at: Instant) -> Instant {
        asked_at + self.role.ttl.mul_f64(0.9)
    }

    /// Until the next round, or until a lease runs out, which watchers must hear of.
    fn pause(&self) -> Duration {
        let next_round = self.role.ttl / 3;
        let now = Instant::now();
        let leases = self.held();
        let ends = leases.iter().filter_map(|held| self.slots.deadline(held));
        let first = ends.map(|end| end.saturating_duration_since(now)).min();
        first.map_or(next_round, |first| {
            first.min(next_round).max(Duration::from_millis(1))
        })
    }
}
