//! What the follower measures.

use std::time::Duration;

use live::Partition;
use opentelemetry::metrics::{Counter, Gauge, Histogram};
use telemetry::{KeyValue, attributes};

use crate::domain::sequence::Verdict;

/// The instruments of the follower.
#[derive(Debug, Clone)]
pub struct Meters {
    events: Counter<u64>,
    lost: Counter<u64>,
    batch: Histogram<u64>,
    fold: Histogram<f64>,
    behind: Gauge<u64>,
    kept: Gauge<u64>,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// In the report.
    Folded,
    /// There already.
    Duplicate,
    /// Of a type that is not followed.
    Unknown,
    /// Not as its writer promised.
    Malformed,
}

impl Meters {
    /// Instruments of this process.
    #[must_use]
    pub fn new() -> Self {
        let meter = telemetry::meter("reporting");
        Self {
            events: meter
                .u64_counter("strowger.reporting.events")
                .with_unit("{event}")
                .with_description("Events read from the bus, by what became of them")
                .build(),
            lost: meter
                .u64_counter("strowger.reporting.lost")
                .with_unit("{event}")
                .with_description("Events that are missing between two of the same subject")
                .build(),
            batch: meter
                .u64_histogram("strowger.reporting.batch")
                .with_unit("{event}")
                .with_description("Events folded in one transaction")
                .with_boundaries(vec![1.0, 4.0, 16.0, 64.0, 256.0, 1024.0, 4096.0])
                .build(),
            fold: meter
                .f64_histogram("strowger.reporting.fold")
                .with_unit("s")
                .with_description("From a batch that was read to its commit")
                .with_boundaries(vec![0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0])
                .build(),
            behind: meter
                .u64_gauge("strowger.events.behind")
                .with_unit("{event}")
                .with_description("Events of a partition that are not folded yet, at most 1000")
                .build(),
            kept: meter
                .u64_gauge("strowger.events.kept")
                .with_unit("{event}")
                .with_description(
                    "Events that a partition's stream holds: growth means that nobody trims",
                )
                .build(),
        }
    }

    pub(super) fn count(&self, fate: Fate, events: u64) {
        let fate = match fate {
            Fate::Folded => "folded",
            Fate::Duplicate => "duplicate",
            Fate::Unknown => "unknown",
            Fate::Malformed => "malformed",
        };
        self.events.add(events, &[KeyValue::new("fate", fate)]);
    }

    pub(super) fn batch(&self, events: usize, took: Duration) {
        self.batch.record(events as u64, &[]);
        self.fold.record(took.as_secs_f64(), &[]);
    }

    /// Counts a verdict, and says what is wrong with it.
    pub(super) fn verdict(&self, verdict: Verdict, subject: &str) {
        match verdict {
            Verdict::Next => self.count(Fate::Folded, 1),
            Verdict::Duplicate => self.count(Fate::Duplicate, 1),
            Verdict::Gap { lost } => {
                self.count(Fate::Folded, 1);
                self.lost.add(lost, &[]);
                tracing::error!(subject, lost, "events are missing");
            }
            Verdict::Restarted => {
                self.count(Fate::Folded, 1);
                tracing::warn!(subject, "a sequence began anew");
            }
        }
    }

    pub(super) fn partition(&self, partition: Partition, behind: u64, kept: u64) {
        let labels = [KeyValue::new(attributes::PARTITION, partition.to_string())];
        self.behind.record(behind, &labels);
        self.kept.record(kept, &labels);
    }
}

impl Default for Meters {
    fn default() -> Self {
        Self::new()
    }
}
