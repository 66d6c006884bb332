//! Everything the calls of one account run on, at one version.

use super::{
    absence::Absence, account::Account, extension::Extension, menu::Menu, number::Number,
    queue::Queue, resource::Record, ring_group::RingGroup, schedule::Schedule,
};

/// A consistent snapshot: all parts are of the same instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Whose, and which version.
    pub account: Account,
    /// Public numbers.
    pub numbers: Vec<Record<Number>>,
    /// People.
    pub extensions: Vec<Record<Extension>>,
    /// People who ring together or in turn.
    pub ring_groups: Vec<Record<RingGroup>>,
    /// Waiting lines.
    pub queues: Vec<Record<Queue>>,
    /// Menus.
    pub menus: Vec<Record<Menu>>,
    /// Opening hours.
    pub schedules: Vec<Record<Schedule>>,
    /// People who are not to be reached.
    pub absences: Vec<Absence>,
}
