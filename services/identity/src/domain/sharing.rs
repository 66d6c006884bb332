//! Whether several people seem to use one identity, and why it seems so (ID-10).
//!
//! A *signal* is something that one person alone seldom does. Signals of one kind within the
//! same hour are one *occasion*: a day on which everything happens twice a minute is not worse
//! than one on which it happens twice an hour. An *assessment* is what the occasions amount to
//! now. It says nothing that its reasons do not show.

mod finding;
mod policy;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};

pub use finding::{
    DISMISSED_FOR, Dismissal, Finding, FindingState, InvalidDismissal, LONGEST_DISMISSAL,
};
pub use policy::Policy;

/// Signals are forgotten after this.
pub const MEMORY: TimeDelta = TimeDelta::days(90);
/// Without news, half of a signal's weight is gone after this.
const HALF_LIFE: TimeDelta = TimeDelta::days(14);
/// Two sessions are used at the same time if both were used within this: twice the life of an
/// access token, so a client at work has refreshed at least once.
pub const PARALLEL: TimeDelta = TimeDelta::minutes(10);
/// The most networks that are remembered of one occasion.
pub const MAX_NETWORKS: usize = 16;

/// What the guard notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignalKind {
    /// Two sessions in use on different networks.
    ParallelSessions,
    /// A refresh token was used twice.
    RefreshReused,
    /// Two devices in use on different networks within a minute.
    TwoPlaces,
    /// A second call was picked up during one.
    SecondCall,
}

/// How much a kind says.
struct Weight {
    /// The chance that a single occasion means sharing.
    each: f64,
    /// What many occasions of this kind alone can mean at most.
    most: f64,
}

/// Something that one person alone seldom does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// What.
    pub kind: SignalKind,
    /// When.
    pub at: DateTime<Utc>,
    /// Where, truncated.
    pub networks: BTreeSet<String>,
}

/// The signals of one kind within one hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasion {
    /// What.
    pub kind: SignalKind,
    /// The first signal.
    pub first: DateTime<Utc>,
    /// The last.
    pub last: DateTime<Utc>,
    /// How many.
    pub signals: u32,
    /// Where, truncated.
    pub networks: BTreeSet<String>,
}

/// What the occasions amount to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// 0 to 100.
    pub score: u8,
    /// The weightiest first.
    pub reasons: Vec<Reason>,
}

/// All occasions of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What.
    pub kind: SignalKind,
    /// On how many occasions.
    pub occasions: u32,
    /// How often altogether.
    pub signals: u32,
    /// The first time.
    pub first: DateTime<Utc>,
    /// The last time.
    pub last: DateTime<Utc>,
    /// Where, truncated.
    pub networks: BTreeSet<String>,
    /// 0 to 100: what this kind alone would score.
    pub score: u8,
}

impl SignalKind {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::ParallelSessions,
        Self::RefreshReused,
        Self::TwoPlaces,
        Self::SecondCall,
    ];

    /// The name in the database and the audit trail.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ParallelSessions => "PARALLEL_SESSIONS",
            Self::RefreshReused => "REFRESH_REUSED",
            Self::TwoPlaces => "TWO_PLACES",
            Self::SecondCall => "SECOND_CALL",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// A laptop in the office and a telephone on the mobile network are two networks too, so
    /// places say little by themselves; nobody talks on two calls.
    const fn weight(self) -> Weight {
        let (each, most) = match self {
            Self::ParallelSessions => (0.20, 0.60),
            Self::TwoPlaces => (0.30, 0.70),
            Self::RefreshReused => (0.35, 0.70),
            Self::SecondCall => (0.40, 0.80),
        };
        Weight { each, most }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::ParallelSessions => "Sessions were in use on different networks at the same time",
            Self::RefreshReused => "Two clients used the same session",
            Self::TwoPlaces => "Two devices were in use in different places within a minute",
            Self::SecondCall => "A second call was picked up during a call",
        }
    }
}

/// The hour in which something happened: what tells occasions apart.
#[must_use]
pub fn hour(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(TimeDelta::hours(1)).unwrap_or(at)
}

impl Occasion {
    /// One signal.
    #[must_use]
    pub fn of(signal: Signal) -> Self {
        Self {
            kind: signal.kind,
            first: signal.at,
            last: signal.at,
            signals: 1,
            networks: signal.networks,
        }
    }

    /// The same occasion, seen twice or in parts.
    fn join(&mut self, other: &Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.signals = self.signals.max(other.signals);
        self.networks.extend(other.networks.iter().cloned());
    }

    /// The chance that it does not mean sharing after all.
    fn doubt(&self, now: DateTime<Utc>) -> f64 {
        let age = (now - self.last).max(TimeDelta::zero());
        if age > MEMORY {
            return 1.0;
        }
        let half_lives = age.as_seconds_f64() / HALF_LIFE.as_seconds_f64();
        // Two networks are one pair of places; each one more is another.
        let pairs = self.networks.len().clamp(2, MAX_NETWORKS) - 1;
        let weight = self.kind.weight().each * (-half_lives).exp2();
        (1.0 - weight).powf(pairs as f64)
    }
}

/// What these occasions amount to at `now`. Never less for one occasion more, never more for
/// the passing of time, and the same in whatever order and however often they are given.
#[must_use]
pub fn assess(occasions: &[Occasion], now: DateTime<Utc>) -> Assessment {
    let mut distinct: BTreeMap<(SignalKind, DateTime<Utc>), Occasion> = BTreeMap::new();
    for occasion in occasions {
        if now - occasion.last > MEMORY {
            continue;
        }
        distinct
            .entry((occasion.kind, hour(occasion.first)))
            .and_modify(|known| known.join(occasion))
            .or_insert_with(|| occasion.clone());
    }
    let mut reasons = Vec::new();
    let mut doubt = 1.0;
    for kind in SignalKind::ALL {
        let of_kind: Vec<&Occasion> = distinct
            .values()
            .filter(|occasion| occasion.kind == kind)
            .collect();
        let doubts: f64 = of_kind.iter().map(|occasion| occasion.doubt(now)).product();
        let certainty = kind.weight().most * (1.0 - doubts);
        doubt *= 1.0 - certainty;
        reasons.extend(Reason::of(&of_kind, percent(certainty)));
    }
    reasons.sort_by_key(|reason| (std::cmp::Reverse(reason.score), reason.kind));
    Assessment {
        score: percent(1.0 - doubt),
        reasons,
    }
}

impl Reason {
    fn of(occasions: &[&Occasion], score: u8) -> Option<Self> {
        let kind = occasions.first()?.kind;
        let networks = occasions.iter().flat_map(|occasion| &occasion.networks);
        let distinct: BTreeSet<String> = networks.cloned().collect();
        Some(Self {
            kind,
            occasions: u32::try_from(occasions.len()).unwrap_or(u32::MAX),
            signals: occasions
                .iter()
                .fold(0, |sum, occasion| sum.saturating_add(occasion.signals)),
            first: occasions.iter().map(|occasion| occasion.first).min()?,
            last: occasions.iter().map(|occasion| occasion.last).max()?,
            networks: distinct.into_iter().take(MAX_NETWORKS).collect(),
            score,
        })
    }

    /// The same for people.
    #[must_use]
    pub fn explanation(&self) -> String {
        let what = self.kind.what();
        let often = match self.occasions {
            1 => format!("on {}", self.first.format("%-d %B %Y")),
            times => format!(
                "on {times} occasions from {} to {}",
                self.first.format("%-d %B %Y"),
                self.last.format("%-d %B %Y")
            ),
        };
        match self.networks.len() {
            0 | 1 => format!("{what} {often}."),
            networks => format!("{what} {often}, from {networks} networks."),
        }
    }
}

fn percent(share: f64) -> u8 {
    // Between 0 and 1 by construction; the cast saturates.
    (share * 100.0).round() as u8
}

#[cfg(test)]
#[path = "sharing_tests.rs"]
mod tests;
