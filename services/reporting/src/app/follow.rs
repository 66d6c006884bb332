//! The follower: events of the bus → rows of the report, each exactly once.
//!
//! A batch is read from the offsets in Postgres and committed together with them, compare and
//! set. So nothing depends on who reads: a replica that dies before the commit has done nothing,
//! one that dies after it is done, and of two that read the same events one commits and the other
//! starts over. Leases only keep replicas from doing work twice.

mod run;
mod tend;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use clock::Clock;
use live::{
    Live, Partition,
    event::{Entry, Follower, Offset},
};
use store::{
    Store,
    follow::{self, Move},
};

pub use run::run;

use super::{
    measure::{Fate, Meters},
    trace::CallSpans,
};
use crate::{
    domain::fold::{Event, Fact},
    error::Error,
    live::convert::{self, Skipped},
    store::{
        batch::{self, Outcome},
        month::OpenMonths,
    },
};

/// What the follower works with.
#[derive(Debug, Clone)]
pub struct Bus {
    /// Where events go.
    pub store: Store,
    /// Where they come from.
    pub live: Live,
    /// The time.
    pub clock: Clock,
    /// The instruments.
    pub meters: Meters,
    /// The most events in one transaction.
    pub batch_events: usize,
}

/// A reader of some partitions.
#[derive(Debug)]
pub struct Reader {
    bus: Bus,
    follower: Follower,
    offsets: BTreeMap<Partition, Offset>,
    months: OpenMonths,
    /// How many partitions had events the last time: they share the next batch.
    busy: usize,
}

/// What was read and is not folded yet. Dropping it loses nothing.
#[derive(Debug)]
#[must_use = "nothing is in the report until it is folded"]
pub struct Batch {
    entries: Vec<Entry>,
    /// Whether there may be more than fitted.
    full: bool,
}

impl Batch {
    /// Whether nothing came.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether more is waiting.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.full
    }
}

impl Reader {
    /// Begins where the report ends.
    #[must_use]
    pub fn new(bus: Bus) -> Self {
        let follower = Follower::new(&bus.live);
        Self {
            bus,
            follower,
            offsets: BTreeMap::new(),
            months: OpenMonths::default(),
            busy: 1,
        }
    }

    /// Reads these partitions; waits up to `block` for the first event. May be dropped at any
    /// time.
    pub async fn read(
        &mut self,
        partitions: &BTreeSet<Partition>,
        block: Duration,
    ) -> Result<Batch, Error> {
        self.locate(partitions).await?;
        let from: Vec<_> = self
            .offsets
            .iter()
            .map(|(partition, offset)| (*partition, *offset))
            .collect();
        let each = (self.bus.batch_events / self.busy).max(1);
        let mut entries = self.follower.read(&from, each, block).await?;
        let mut counts = BTreeMap::<Partition, usize>::new();
        for entry in &entries {
            *counts.entry(entry.partition).or_default() += 1;
        }
        self.busy = counts.len().max(1);
        let full = counts.values().any(|count| *count >= each);
        // More partitions woke up than the last time; the next read gives each its share.
        entries.truncate(self.bus.batch_events);
        Ok(Batch { entries, full })
    }

    /// Folds a batch and moves the offsets with it. If another follower was faster, nothing
    /// happens, and the next read begins behind what that one did.
    pub async fn fold(&mut self, batch: Batch) -> Result<(), Error> {
        let start = Instant::now();
        let moves = self.moves(&batch.entries);
        let events = self.understood(batch.entries);
        self.months.open_for(&self.bus.store, &events).await?;
        let spans = CallSpans::open(&events);
        let outcome = batch::commit(&self.bus.store, &moves, &events).await;
        drop(spans);
        match outcome? {
            Outcome::Folded(verdicts) => {
                self.offsets.extend(
                    moves
                        .into_iter()
                        .map(|moved| (moved.partition, moved.after)),
                );
                for (verdict, event) in verdicts.into_iter().zip(&events) {
                    self.bus.meters.verdict(verdict, &subject(event));
                }
                self.bus.meters.batch(events.len(), start.elapsed());
            }
            Outcome::Overtaken => {
                tracing::debug!("another follower was faster");
                self.forget();
            }
        }
        Ok(())
    }

    /// Reads the offsets again before the next read.
    pub fn forget(&mut self) {
        self.offsets.clear();
    }

    /// Makes sure that the offsets are those of exactly these partitions.
    async fn locate(&mut self, partitions: &BTreeSet<Partition>) -> Result<(), Error> {
        self.offsets
            .retain(|partition, _| partitions.contains(partition));
        if self.offsets.len() == partitions.len() {
            return Ok(());
        }
        let mut stored = follow::load(&self.bus.store).await?;
        for partition in partitions {
            // What is known is at least as new: only this reader moved it since.
            let offset = stored.remove(partition).unwrap_or_default();
            self.offsets.entry(*partition).or_insert(offset);
        }
        Ok(())
    }

    fn moves(&self, entries: &[Entry]) -> Vec<Move> {
        let mut last = BTreeMap::new();
        for entry in entries {
            last.insert(entry.partition, entry.offset);
        }
        let moves = last.into_iter().map(|(partition, after)| {
            let before = self.offsets.get(&partition).copied().unwrap_or_default();
            Move {
                partition,
                before,
                after,
            }
        });
        moves.collect()
    }

    /// The events that can be folded. The others are counted, told, and left behind: nothing can
    /// make them better.
    fn understood(&self, entries: Vec<Entry>) -> Vec<Event> {
        let now = self.bus.clock.now();
        let mut events = Vec::with_capacity(entries.len());
        for entry in entries {
            let (partition, offset) = (entry.partition, entry.offset);
            let malformed = |error: &(dyn std::error::Error + 'static)| {
                self.bus.meters.count(Fate::Malformed, 1);
                tracing::error!(%partition, %offset, error, "an event cannot be folded");
            };
            match entry.event.map(|envelope| convert::event(envelope, now)) {
                Ok(Ok(event)) => events.push(event),
                Ok(Err(Skipped::Unknown)) => self.bus.meters.count(Fate::Unknown, 1),
                Ok(Err(Skipped::Malformed(error))) => malformed(&error),
                Err(error) => malformed(&error),
            }
        }
        events
    }
}

fn subject(event: &Event) -> String {
    match &event.fact {
        Fact::Call(call, _) => call.to_string(),
        Fact::Person(person, _) => person.to_string(),
        Fact::Change(change) => change.counted.clone(),
    }
}
