use std::collections::{BTreeMap, BTreeSet};

use live::Partition;
use live::event::Offset;

use super::Move;

/// How far the partitions of this replica are.
#[derive(Debug, Default)]
pub(super) struct Places(BTreeMap<Partition, Place>);

#[derive(Debug, Clone, Copy)]
struct Place {
    /// What stands in Postgres.
    kept: Offset,
    /// Up to where everything has taken effect, or has none.
    seen: Offset,
}

impl Places {
    /// Forgets those that are not `owned`; returns those whose place must be looked up.
    pub(super) fn keep(&mut self, owned: &BTreeSet<Partition>) -> Vec<Partition> {
        self.0.retain(|partition, _| owned.contains(partition));
        let owned = owned.iter().copied();
        owned.filter(|one| !self.0.contains_key(one)).collect()
    }

    pub(super) fn begin(&mut self, partition: Partition, kept: Offset) {
        self.0.insert(partition, Place { kept, seen: kept });
    }

    /// Where to read on.
    pub(super) fn ahead(&self) -> Vec<(Partition, Offset)> {
        let seen = self.0.iter();
        seen.map(|(partition, place)| (*partition, place.seen))
            .collect()
    }

    /// What stands in Postgres.
    pub(super) fn kept(&self) -> impl Iterator<Item = (Partition, Offset)> {
        let kept = self.0.iter();
        kept.map(|(partition, place)| (*partition, place.kept))
    }

    /// The move that an effect of the entry at `after` makes; none if the partition is not ours
    /// any more.
    pub(super) fn to(&self, partition: Partition, after: Offset) -> Option<Move> {
        let place = self.0.get(&partition)?;
        Some(Move {
            partition,
            before: place.kept,
            after,
        })
    }

    /// The entry at `offset` has no effect.
    pub(super) fn pass(&mut self, partition: Partition, offset: Offset) {
        if let Some(place) = self.0.get_mut(&partition) {
            place.seen = offset;
        }
    }

    /// These moves were committed.
    pub(super) fn moved(&mut self, moves: &[Move]) {
        for one in moves {
            self.begin(one.partition, one.after);
        }
    }

    /// Looks the place up again before the next read.
    pub(super) fn forget(&mut self, partition: Partition) {
        self.0.remove(&partition);
    }

    /// What was passed over and does not stand in Postgres yet.
    pub(super) fn passed_over(&self) -> Vec<Move> {
        let ahead = self.0.iter().filter(|(_, place)| place.kept < place.seen);
        ahead
            .map(|(partition, place)| Move {
                partition: *partition,
                before: place.kept,
                after: place.seen,
            })
            .collect()
    }
}
