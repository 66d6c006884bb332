//! What a company wants done about shared identities.

/// Each does what the one before it does, too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Policy {
    /// Findings are there for whoever asks.
    #[default]
    Observe,
    /// Findings that weigh enough are told.
    Notify,
    /// A person has one session.
    OneSession,
}

impl Policy {
    const ALL: [Self; 3] = [Self::Observe, Self::Notify, Self::OneSession];

    /// The name in the database and the audit trail.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Observe => "OBSERVE",
            Self::Notify => "NOTIFY",
            Self::OneSession => "ONE_SESSION",
        }
    }

    /// The policy with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.name() == name)
    }
}
