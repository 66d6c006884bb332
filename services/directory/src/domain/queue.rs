//! Queues (DIR-5): callers wait in line until somebody is free.

use std::{fmt, time::Duration};

use ids::{QueueId, UserId};

use super::{
    change::{Fields, lasting, listed},
    key::Kind,
    line::Name,
    resource::{Exit, Resource},
    span::Span,
    target::{Place, Target},
};

/// How long one person rings.
pub const RING_TIMEOUT: Span = Span::seconds(5, 120, 15);
/// Rest after a call.
pub const WRAP_UP: Span = Span::seconds(0, 3600, 10);
/// The longest wait; zero is no limit.
pub const MAX_WAIT: Span = Span::seconds(0, 86_400, 0);
/// Answers within this count for the service level.
pub const SERVICE_LEVEL: Span = Span::seconds(1, 3600, 20);
/// Hang-ups before this are not counted as abandoned.
pub const SHORT_ABANDON: Span = Span::seconds(0, 60, 5);
/// The most people of one queue.
pub const MAX_MEMBERS: usize = 1000;
/// The longest line that can be set as a limit; zero is no limit.
pub const MAX_SIZE: u32 = 10_000;
/// Tiers of members.
pub const TIERS: std::ops::RangeInclusive<u8> = 1..=9;
/// Missed offers in a row.
pub const MISSES: std::ops::RangeInclusive<u8> = 1..=10;
/// Missed offers in a row, when nobody says.
pub const DEFAULT_MISSES: u8 = 3;

/// Callers wait in line until one of the members is free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// What it is called.
    pub display_name: Name,
    /// The people, each once.
    pub members: Vec<Member>,
    /// Who gets the next call.
    pub strategy: QueueStrategy,
    /// How long one person rings before the offer counts as missed.
    pub ring_timeout: Duration,
    /// Rest after a call of this queue.
    pub wrap_up: Duration,
    /// The longest a caller waits; zero means for ever.
    pub max_wait: Duration,
    /// The most callers waiting; zero means no limit.
    pub max_size: u32,
    /// Whether a caller may join while nobody is logged in.
    pub join_empty: bool,
    /// Missed offers in a row before a person shows as not responding.
    pub max_misses: u8,
    /// Answers within this count for the service level.
    pub service_level: Duration,
    /// Hang-ups before this are not counted as abandoned.
    pub short_abandon: Duration,
    /// Where a caller goes after `max_wait`.
    pub too_long: Target,
    /// Where a caller goes when the line is full.
    pub full: Target,
    /// Where a caller goes when nobody is logged in.
    pub empty: Target,
}

impl Queue {
    /// Where callers go who cannot wait, unless somebody says otherwise.
    #[must_use]
    pub fn voicemail(id: QueueId) -> Target {
        Target::Voicemail(Place::Queue(id))
    }
}

impl Resource for Queue {
    type Id = QueueId;

    const KIND: Kind = Kind::Queue;

    fn exits(&self) -> Vec<Exit<'_>> {
        vec![
            Exit::automatic("too_long_target", &self.too_long, !self.max_wait.is_zero()),
            Exit::automatic("full_target", &self.full, self.max_size > 0),
            Exit::automatic("empty_target", &self.empty, !self.join_empty),
        ]
    }

    fn members(&self) -> Vec<(String, UserId)> {
        self.members
            .iter()
            .enumerate()
            .map(|(index, member)| (format!("members[{index}].person_id"), member.person))
            .collect()
    }

    fn fields(&self) -> Fields {
        vec![
            ("display_name", self.display_name.to_string()),
            ("members", listed(&self.members)),
            ("strategy", self.strategy.name().to_owned()),
            ("ring_timeout", lasting(self.ring_timeout)),
            ("wrap_up", lasting(self.wrap_up)),
            ("max_wait", lasting(self.max_wait)),
            ("max_size", self.max_size.to_string()),
            ("join_empty", self.join_empty.to_string()),
            ("max_misses", self.max_misses.to_string()),
            ("service_level_threshold", lasting(self.service_level)),
            ("short_abandon_threshold", lasting(self.short_abandon)),
            ("too_long_target", self.too_long.to_string()),
            ("full_target", self.full.to_string()),
            ("empty_target", self.empty.to_string()),
        ]
    }
}

/// A person who takes calls of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub person: UserId,
    /// Lower tiers get calls first.
    pub tier: u8,
    /// Whether they log in and out; otherwise they always are.
    pub dynamic: bool,
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.dynamic { "dynamic" } else { "static" };
        write!(f, "{} tier {} {kind}", self.person, self.tier)
    }
}

/// How a queue chooses among free people of the lowest tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueStrategy {
    /// The one whose last call ended longest ago.
    LongestIdle,
    /// In turn.
    RoundRobin,
    /// The one with the fewest calls answered today.
    LeastCalls,
    /// In list order.
    Linear,
    /// By lot.
    Random,
}

impl QueueStrategy {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::LongestIdle,
        Self::RoundRobin,
        Self::LeastCalls,
        Self::Linear,
        Self::Random,
    ];

    /// The name in the database and the audit trail.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LongestIdle => "LONGEST_IDLE",
            Self::RoundRobin => "ROUND_ROBIN",
            Self::LeastCalls => "LEAST_CALLS",
            Self::Linear => "LINEAR",
            Self::Random => "RANDOM",
        }
    }

    /// The strategy with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|strategy| strategy.name() == name)
    }
}
