//! What the calls of one account run on: one consistent snapshot, as
//! `directory` gives it, keyed for the questions a call asks.

use core::time::Duration;
use std::collections::{HashMap, HashSet};

use chrono_tz::Tz;
use ids::{
    AccountId, DeviceId, ExtensionId, MenuId, NumberId, QueueId, RingGroupId, ScheduleId, UserId,
};

use super::{Schedule, ScheduleState, Time};

/// The configuration of one account at one version.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Whose.
    pub account: AccountId,
    /// Rises with every change.
    pub version: i64,
    /// For schedules without one of their own.
    pub time_zone: Tz,
    /// By E.164.
    pub numbers: HashMap<String, Number>,
    /// By id.
    pub extensions: HashMap<ExtensionId, Extension>,
    /// By id.
    pub ring_groups: HashMap<RingGroupId, RingGroup>,
    /// By id.
    pub queues: HashMap<QueueId, Queue>,
    /// By id.
    pub menus: HashMap<MenuId, Menu>,
    /// By id.
    pub schedules: HashMap<ScheduleId, Schedule>,
    /// No call is taken.
    pub suspended: bool,
    /// People who are not to be reached.
    pub absent: HashSet<UserId>,
}

impl Plan {
    /// A plan that leads nowhere, for a call that must end while its plan is not at hand.
    pub fn without_anything(account: AccountId) -> Self {
        Self {
            account,
            version: 0,
            time_zone: Tz::UTC,
            numbers: HashMap::new(),
            extensions: HashMap::new(),
            ring_groups: HashMap::new(),
            queues: HashMap::new(),
            menus: HashMap::new(),
            schedules: HashMap::new(),
            suspended: false,
            absent: HashSet::new(),
        }
    }

    /// Whether this person may be rung.
    pub(super) fn reaches(&self, person: UserId) -> bool {
        !self.suspended && !self.absent.contains(&person)
    }

    /// Whether something with this schedule takes calls; what has no schedule,
    /// or one that is gone, is always open.
    pub(super) fn is_open(&self, schedule: Option<ScheduleId>, now: Time) -> bool {
        schedule
            .and_then(|id| self.schedules.get(&id))
            .is_none_or(|schedule| schedule.state_at(now, self.time_zone) == ScheduleState::Open)
    }
}

/// Where a call goes next.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// A person.
    Extension(ExtensionId),
    /// Several people, one call.
    RingGroup(RingGroupId),
    /// A waiting line.
    Queue(QueueId),
    /// A choice.
    Menu(MenuId),
    /// A voicemail, by its owner's id.
    Voicemail(String),
    /// A number outside, E.164.
    External(String),
    /// A prompt, then the end.
    Announcement(String),
    /// Nowhere, which has an outcome all the same.
    Unassigned,
}

impl Target {
    /// For events and explanations.
    pub fn name(&self) -> String {
        match self {
            Self::Extension(id) => id.to_string(),
            Self::RingGroup(id) => id.to_string(),
            Self::Queue(id) => id.to_string(),
            Self::Menu(id) => id.to_string(),
            Self::Voicemail(owner) => format!("voicemail of {owner}"),
            Self::External(number) => number.clone(),
            Self::Announcement(prompt) => format!("announcement {prompt}"),
            Self::Unassigned => String::new(),
        }
    }
}

/// A public number.
#[derive(Debug, Clone)]
pub struct Number {
    /// Its id.
    pub id: NumberId,
    /// Where it leads.
    pub target: Target,
    /// When it is open.
    pub schedule: Option<ScheduleId>,
    /// Where it leads outside of that.
    pub closed_target: Target,
}

/// A person's communications identity.
#[derive(Debug, Clone)]
pub struct Extension {
    /// Who.
    pub person: UserId,
    /// In ring order.
    pub devices: Vec<DeviceId>,
    /// How long a direct call rings.
    pub ring_timeout: Duration,
    /// While the person is on another call.
    pub busy_target: Target,
    /// When nobody answers.
    pub no_answer_target: Target,
}

/// Several people, one call.
#[derive(Debug, Clone)]
pub struct RingGroup {
    /// In ring order.
    pub members: Vec<UserId>,
    /// Who rings when.
    pub strategy: RingStrategy,
    /// How long a round rings.
    pub ring_timeout: Duration,
    /// When nobody takes the call.
    pub no_answer_target: Target,
}

/// In which order the people of a ring group ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RingStrategy {
    /// All at once.
    Simultaneous,
    /// In list order.
    Sequential,
    /// By lot.
    Random,
    /// Starting behind who rang first last time.
    RoundRobin,
    /// The longest without a call first.
    LongestIdle,
}

/// A waiting line; who of its members gets the next call is for presence to
/// choose.
#[derive(Debug, Clone)]
pub struct Queue {
    /// Whether they log in or not; who is called is presence's to say.
    pub members: Vec<UserId>,
    /// How long one person rings.
    pub ring_timeout: Duration,
    /// Rest after a call.
    pub wrap_up: Duration,
    /// Zero means for ever.
    pub max_wait: Duration,
    /// Zero means no limit.
    pub max_size: u32,
    /// Whether a caller may join while nobody is logged in.
    pub join_empty: bool,
    /// Misses in a row before *not responding*.
    pub max_misses: u32,
    /// For the report.
    pub service_level_threshold: Duration,
    /// For the report.
    pub short_abandon_threshold: Duration,
    /// After `max_wait`.
    pub too_long_target: Target,
    /// When the line is full.
    pub full_target: Target,
    /// When nobody is logged in.
    pub empty_target: Target,
}

/// A choice.
#[derive(Debug, Clone)]
pub struct Menu {
    /// What is played.
    pub prompt: String,
    /// Where each key leads.
    pub keys: HashMap<char, Target>,
    /// How long to wait for a key.
    pub key_timeout: Duration,
    /// How often the prompt is played.
    pub attempts: u32,
    /// When no key came.
    pub timeout_target: Target,
    /// When the last key was invalid.
    pub invalid_target: Target,
    /// When it is open.
    pub schedule: Option<ScheduleId>,
    /// Where it leads outside of that.
    pub closed_target: Target,
}
