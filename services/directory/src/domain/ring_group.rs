//! Ring groups (DIR-4): several people, one call.

use std::time::Duration;

use ids::{RingGroupId, UserId};

use super::{
    change::{Fields, lasting, listed},
    key::Kind,
    line::Name,
    resource::{Exit, Resource},
    span::Span,
    target::{Place, Target},
};

/// How long a round rings.
pub const RING_TIMEOUT: Span = Span::seconds(5, 120, 20);

/// The most people of one ring group.
pub const MAX_MEMBERS: usize = 100;

/// Several people who ring for one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RingGroup {
    /// What it is called.
    pub display_name: Name,
    /// The people, in ring order, each once.
    pub members: Vec<UserId>,
    /// Who rings when.
    pub strategy: RingStrategy,
    /// How long a round rings.
    pub ring_timeout: Duration,
    /// Where a call goes that nobody takes.
    pub no_answer: Target,
}

impl RingGroup {
    /// Where calls go that nobody takes, unless somebody says otherwise.
    #[must_use]
    pub fn voicemail(id: RingGroupId) -> Target {
        Target::Voicemail(Place::RingGroup(id))
    }
}

impl Resource for RingGroup {
    type Id = RingGroupId;

    const KIND: Kind = Kind::RingGroup;

    fn exits(&self) -> Vec<Exit<'_>> {
        vec![Exit::automatic("no_answer_target", &self.no_answer, true)]
    }

    fn members(&self) -> Vec<(String, UserId)> {
        self.members
            .iter()
            .enumerate()
            .map(|(index, person)| (format!("member_ids[{index}]"), *person))
            .collect()
    }

    fn fields(&self) -> Fields {
        vec![
            ("display_name", self.display_name.to_string()),
            ("member_ids", listed(&self.members)),
            ("strategy", self.strategy.name().to_owned()),
            ("ring_timeout", lasting(self.ring_timeout)),
            ("no_answer_target", self.no_answer.to_string()),
        ]
    }
}

/// Who rings when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RingStrategy {
    /// All at once.
    Simultaneous,
    /// One after the other, in list order.
    Sequential,
    /// One after the other, in random order.
    Random,
    /// One after the other, starting behind who rang first last time.
    RoundRobin,
    /// One after the other, the longest without a call first.
    LongestIdle,
}

impl RingStrategy {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Simultaneous,
        Self::Sequential,
        Self::Random,
        Self::RoundRobin,
        Self::LongestIdle,
    ];

    /// The name in the database and the audit trail.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Simultaneous => "SIMULTANEOUS",
            Self::Sequential => "SEQUENTIAL",
            Self::Random => "RANDOM",
            Self::RoundRobin => "ROUND_ROBIN",
            Self::LongestIdle => "LONGEST_IDLE",
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
