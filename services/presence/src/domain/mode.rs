use super::Instant;

/// What a person, a schedule or an admin chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Takes calls.
    Available,
    /// Takes direct calls, no queue calls.
    Busy,
    /// Takes no calls for a while.
    Away,
    /// Takes no calls and wants no notice.
    DoNotDisturb,
    /// At lunch.
    Lunch,
    /// Travelling.
    BusinessTrip,
    /// Not working.
    OffWork,
}

/// Who chose a mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// The person.
    Person,
    /// A schedule.
    Schedule,
    /// An admin.
    Admin,
    /// The mesh.
    System,
}

/// A mode, and how it came to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What.
    pub mode: Mode,
    /// By whom.
    pub source: Source,
    /// Which person, when one did.
    pub actor: Option<String>,
    /// When it ends by itself.
    pub until: Option<Instant>,
    /// Why.
    pub note: Option<String>,
}

impl Choice {
    /// What everybody starts with, and what a mode with an end ends in.
    #[must_use]
    pub const fn by_default() -> Self {
        Self {
            mode: Mode::Available,
            source: Source::System,
            actor: None,
            until: None,
            note: None,
        }
    }

    /// What a person chose for themselves, for good and without a word.
    #[must_use]
    pub fn own(mode: Mode, person: ids::UserId) -> Self {
        Self {
            mode,
            source: Source::Person,
            actor: Some(person.to_string()),
            until: None,
            note: None,
        }
    }
}
