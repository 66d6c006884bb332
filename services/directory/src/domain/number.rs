//! Public numbers (DIR-2): exactly one target at any instant.

use ids::{NumberId, ScheduleId};

use super::{
    change::Fields,
    key::Kind,
    line::Label,
    phone::E164,
    resource::{Exit, Resource},
    target::Target,
};

/// A public number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// What the world dials. Never changes.
    pub e164: E164,
    /// A note for people.
    pub label: Label,
    /// Where it leads.
    pub target: Target,
    /// When it is open; none means always.
    pub schedule: Option<ScheduleId>,
    /// Where it leads while it is closed.
    pub closed: Target,
}

impl Resource for Number {
    type Id = NumberId;

    const KIND: Kind = Kind::Number;

    fn exits(&self) -> Vec<Exit<'_>> {
        vec![
            Exit::automatic("target", &self.target, true),
            Exit::automatic("closed_target", &self.closed, self.schedule.is_some()),
        ]
    }

    fn schedule(&self) -> Option<ScheduleId> {
        self.schedule
    }

    fn dialled(&self) -> Option<&E164> {
        Some(&self.e164)
    }

    fn fields(&self) -> Fields {
        vec![
            ("e164", self.e164.to_string()),
            ("label", self.label.to_string()),
            ("target", self.target.to_string()),
            (
                "schedule_id",
                self.schedule.map(|id| id.to_string()).unwrap_or_default(),
            ),
            ("closed_target", self.closed.to_string()),
        ]
    }
}
