//! What was played, as the player itself saw and measured it: the other half
//! of the comparison with the report.
//!
//! Nothing here comes from the services but the ids they gave. A time is a
//! [`Moment`]: before it the thing had not happened, after it it had.

use std::collections::BTreeMap;

use api::routing::v1::{CallOutcome, OfferEnd, QueueExit};
use chrono::{DateTime, TimeDelta, Utc};

/// When something happened, as closely as an onlooker can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) earliest: DateTime<Utc>,
    pub(crate) latest: DateTime<Utc>,
}

/// How long something took, as closely as an onlooker can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Bounds {
    pub(crate) least: TimeDelta,
    pub(crate) most: TimeDelta,
}

/// One call.
#[derive(Debug, Clone)]
pub(crate) struct Played {
    pub(crate) call_id: String,
    pub(crate) from: String,
    pub(crate) dialled: String,
    pub(crate) number_id: String,
    pub(crate) arrived: Moment,
    pub(crate) visits: Vec<Visit>,
    pub(crate) offers: Vec<Offer>,
    pub(crate) talk: Option<Talk>,
    /// Where the edge put the recording; empty when there is none.
    pub(crate) voicemail: String,
    /// How and when it ended; `None` while it lives.
    pub(crate) end: Option<(CallOutcome, Moment)>,
}

/// One stay in a waiting line.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    pub(crate) queue_id: String,
    pub(crate) entered: Moment,
    /// `None` while the caller waits.
    pub(crate) left: Option<(QueueExit, Moment)>,
}

/// One phone that rang.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    pub(crate) leg_id: String,
    pub(crate) person_id: String,
    /// The queue, ring group or extension.
    pub(crate) via_id: String,
    pub(crate) made: Moment,
    /// How it ended, UNSPECIFIED for an answer; `None` while it rings.
    pub(crate) end: Option<(OfferEnd, Moment)>,
}

/// A conversation.
#[derive(Debug, Clone)]
pub(crate) struct Talk {
    pub(crate) leg_id: String,
    pub(crate) person_id: String,
    pub(crate) via_id: String,
    pub(crate) begun: Moment,
    pub(crate) holds: Vec<Bounds>,
    /// `None` while they talk.
    pub(crate) ended: Option<Moment>,
}

/// Everything that was played.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    /// The calls that have ended, in order of their end.
    pub(crate) calls: Vec<Played>,
    /// The rests after calls of the queue, by person.
    pub(crate) rests: BTreeMap<String, Vec<Bounds>>,
}

impl Moment {
    /// How long it is since `before`.
    pub(crate) fn since(self, before: Self) -> Bounds {
        Bounds {
            least: (self.earliest - before.latest).max(TimeDelta::zero()),
            most: self.latest - before.earliest,
        }
    }

    /// Whether it may have been at `time`, give or take `slack`.
    pub(crate) fn admits(self, time: DateTime<Utc>, slack: TimeDelta) -> bool {
        self.earliest - slack <= time && time <= self.latest + slack
    }
}

impl Bounds {
    /// Whether `length` may be it, give or take `slack`.
    pub(crate) fn admits(self, length: TimeDelta, slack: TimeDelta) -> bool {
        self.least - slack <= length && length <= self.most + slack
    }

    /// Without `part`, which lies within.
    pub(crate) fn without(self, part: Self) -> Self {
        Self {
            least: (self.least - part.most).max(TimeDelta::zero()),
            most: self.most - part.least,
        }
    }

    /// Shared out among `count`; `None` among nobody.
    pub(crate) fn shared(self, count: u64) -> Option<Self> {
        let count = i32::try_from(count).ok().filter(|count| *count > 0)?;
        Some(Self {
            least: self.least / count,
            most: self.most / count,
        })
    }

    /// The longer of two.
    pub(crate) fn max(self, other: Self) -> Self {
        Self {
            least: self.least.max(other.least),
            most: self.most.max(other.most),
        }
    }
}

impl core::ops::Add for Bounds {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            least: self.least + other.least,
            most: self.most + other.most,
        }
    }
}

impl core::iter::Sum for Bounds {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), core::ops::Add::add)
    }
}

impl Talk {
    /// From answer to end, holds included.
    pub(crate) fn length(&self) -> Bounds {
        self.ended
            .map_or(Bounds::default(), |ended| ended.since(self.begun))
    }

    /// On hold.
    pub(crate) fn held(&self) -> Bounds {
        self.holds.iter().copied().sum()
    }
}

impl Visit {
    /// How it ended and how long it was; `None` while the caller waits.
    pub(crate) fn result(&self) -> Option<(QueueExit, Bounds)> {
        self.left
            .map(|(exit, left)| (exit, left.since(self.entered)))
    }
}

impl Ledger {
    /// When the last conversation of a person ended; `None` before the first.
    pub(crate) fn last_talk(&self, person_id: &str) -> Option<Moment> {
        let talks = self.calls.iter().filter_map(|call| call.talk.as_ref());
        let ends = talks
            .filter(|talk| talk.person_id == person_id)
            .filter_map(|talk| talk.ended);
        ends.max_by_key(|ended| ended.latest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(earliest: i64, latest: i64) -> Moment {
        let at = |millis| DateTime::from_timestamp_millis(millis).unwrap();
        Moment {
            earliest: at(earliest),
            latest: at(latest),
        }
    }

    fn bounds(least: i64, most: i64) -> Bounds {
        Bounds {
            least: TimeDelta::milliseconds(least),
            most: TimeDelta::milliseconds(most),
        }
    }

    #[test]
    fn a_length_is_as_uncertain_as_its_ends() {
        assert_eq!(moment(90, 110).since(moment(10, 30)), bounds(60, 100));
        assert_eq!(moment(20, 40).since(moment(10, 30)), bounds(0, 30));
    }

    #[test]
    fn what_was_held_is_not_talk() {
        assert_eq!(bounds(100, 120).without(bounds(30, 40)), bounds(60, 90));
        assert_eq!(bounds(60, 90).shared(3), Some(bounds(20, 30)));
        assert_eq!(bounds(60, 90).shared(0), None);
    }

    #[test]
    fn slack_widens_both_sides() {
        let slack = TimeDelta::milliseconds(2);
        assert!(bounds(10, 20).admits(TimeDelta::milliseconds(22), slack));
        assert!(!bounds(10, 20).admits(TimeDelta::milliseconds(7), slack));
    }
}
