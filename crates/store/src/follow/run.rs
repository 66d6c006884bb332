use std::collections::BTreeSet;
use std::time::Duration;

use ids::ReplicaId;
use live::event::{self, Entry, Envelope, Follower};
use live::lease::{DEFAULT_TTL, Held, Leases};
use live::{Live, Partition};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::place::Places;
use super::{Effect, Move, Stuck, load, move_all};
use crate::retry::outage_waits;
use crate::{Store, Transaction};

/// At most this many events of one partition at once.
const BATCH: usize = 256;
/// The longest wait for events: how late a partition that came or went is seen.
const BLOCK: Duration = Duration::from_millis(500);
/// How often it is written down how far events without an effect have been passed over. Most have
/// none, and reading some of them again costs less than a write for each.
const TEND_EVERY: Duration = Duration::from_secs(5);

/// Follows the bus for one service.
#[derive(Debug)]
pub struct Follow<E> {
    store: Store,
    live: Live,
    name: &'static str,
    effect: E,
}

impl<E: Effect> Follow<E> {
    /// `name` is the service's: its replicas share the work, and nothing is trimmed before they
    /// have seen it.
    #[must_use]
    pub fn new(store: &Store, live: &Live, name: &'static str, effect: E) -> Self {
        Self {
            store: store.clone(),
            live: live.clone(),
            name,
            effect,
        }
    }

    /// Follows until `stop`. While Postgres or Redis is gone the events wait, and it tries again.
    pub async fn run(self, stop: CancellationToken) {
        let replica = ReplicaId::generate();
        let leases = Leases::start(&self.live, self.name, replica, DEFAULT_TTL);
        let mut rounds = Rounds {
            owned: leases.watch(),
            follower: Follower::new(&self.live),
            places: Places::default(),
            tend_at: Instant::now(),
            follow: self,
        };
        // What is cut off here is rolled back and done by the next replica.
        stop.run_until_cancelled(rounds.for_ever()).await;
        leases.release().await;
    }
}

struct Rounds<E> {
    follow: Follow<E>,
    owned: watch::Receiver<Vec<Held>>,
    follower: Follower,
    places: Places,
    tend_at: Instant,
}

impl<E: Effect> Rounds<E> {
    async fn for_ever(&mut self) {
        let mut waits = outage_waits();
        loop {
            match self.round().await {
                Ok(()) => waits = outage_waits(),
                Err(error) => {
                    self.complain(&error);
                    tokio::time::sleep(waits.next().unwrap_or(BLOCK)).await;
                }
            }
        }
    }

    fn complain(&self, error: &(dyn std::error::Error + 'static)) {
        tracing::warn!(follower = self.follow.name, error, "events wait");
    }

    async fn round(&mut self) -> Result<(), Stuck<E::Error>> {
        let owned = self.owned();
        if owned.is_empty() {
            let _ = timeout(BLOCK, self.owned.changed()).await;
            return Ok(());
        }
        self.locate(&owned).await?;
        if Instant::now() >= self.tend_at {
            self.tend().await?;
            self.tend_at = Instant::now() + TEND_EVERY;
        }
        let ahead = self.places.ahead();
        let entries = self.follower.read(&ahead, BATCH, BLOCK).await?;
        let mut first = Ok(());
        for entry in entries {
            // A partition that is stuck does not keep the others waiting.
            if let Err(error) = self.take(entry).await {
                first = first.and(Err(error));
            }
        }
        first
    }

    fn owned(&mut self) -> BTreeSet<Partition> {
        let owned = self.owned.borrow_and_update();
        let valid = owned.iter().filter(|held| held.is_valid());
        valid.map(Held::partition).collect()
    }

    /// Looks up where to begin in partitions that are new here, and says so before the first
    /// read: from then on nobody trims what is ahead.
    async fn locate(&mut self, owned: &BTreeSet<Partition>) -> Result<(), Stuck<E::Error>> {
        let missing = self.places.keep(owned);
        if missing.is_empty() {
            return Ok(());
        }
        let stored = load(&self.follow.store).await?;
        for partition in missing {
            let offset = stored.get(&partition).copied().unwrap_or_default();
            let Follow { live, name, .. } = &self.follow;
            event::register(live, partition, name, offset).await?;
            let lost = event::trimmed(live, partition).await?;
            if lost > offset && offset != event::Offset::START {
                tracing::error!(%partition, %lost, %offset, follower = name, "events were trimmed unseen");
            }
            self.places.begin(partition, offset);
        }
        Ok(())
    }

    /// Writes down what was passed over, and says how far this follower is.
    async fn tend(&mut self) -> Result<(), Stuck<E::Error>> {
        let moves = self.places.passed_over();
        if !moves.is_empty() {
            let all = &moves;
            let work = |tx| async move { move_all(&tx, all).await };
            // Some may have moved elsewhere: each is looked up again.
            if self.follow.store.transaction(work).await? {
                self.places.moved(&moves);
            } else {
                for one in &moves {
                    self.places.forget(one.partition);
                }
            }
        }
        for (partition, offset) in self.places.kept() {
            event::register(&self.follow.live, partition, self.follow.name, offset).await?;
        }
        Ok(())
    }

    async fn take(&mut self, entry: Entry) -> Result<(), Stuck<E::Error>> {
        let Entry {
            partition,
            offset,
            event,
        } = entry;
        let Some(to) = self.places.to(partition, offset) else {
            return Ok(());
        };
        let event = match event {
            Ok(event) if self.follow.effect.concerns(&event) => event,
            Ok(_) => {
                self.places.pass(partition, offset);
                return Ok(());
            }
            Err(malformed) => {
                tracing::error!(%partition, %offset, %malformed, "passed over");
                self.places.pass(partition, offset);
                return Ok(());
            }
        };
        match self.follow.take_effect(&event, to).await {
            Ok(()) => {
                self.places.moved(&[to]);
                Ok(())
            }
            Err(stuck) => {
                // What was committed is unknown now.
                self.places.forget(partition);
                match stuck {
                    Stuck::Overtaken => Ok(()),
                    stuck => Err(stuck),
                }
            }
        }
    }
}

impl<E: Effect> Follow<E> {
    /// Offset first: from there on nobody else can do what we are about to.
    async fn take_effect(&self, event: &Envelope, to: Move) -> Result<(), Stuck<E::Error>> {
        let span = tracing::info_span!("follow", otel.kind = "consumer", event.id = %event.id);
        telemetry::propagation::follow(&span, &event.traceparent);
        let work = |tx: Transaction| async move {
            if !move_all(&tx, &[to]).await? {
                return Err(Stuck::Overtaken);
            }
            self.effect.apply(tx, event).await.map_err(Stuck::Effect)
        };
        let work = self.store.tenant_transaction(event.account, work);
        work.instrument(span).await
    }
}
