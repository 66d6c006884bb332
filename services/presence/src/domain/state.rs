use super::{Mode, Person, Phase};

/// What colleagues see: computed from mode, connectivity and call, never set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// No device has a live heartbeat.
    Offline,
    /// Can take a call now.
    Available,
    /// Chose BUSY, or is not responding.
    Busy,
    /// AWAY, LUNCH or BUSINESS_TRIP.
    Away,
    /// As chosen.
    DoNotDisturb,
    /// A call is offered.
    Ringing,
    /// Connected.
    OnACall,
    /// Resting after a call.
    WrapUp,
    /// As chosen.
    OffWork,
}

impl State {
    /// Calls come before connectivity (a call outlives the heartbeats), connectivity before what
    /// was chosen (who is not there is not available).
    #[must_use]
    pub fn of(person: &Person) -> Self {
        match &person.lock {
            Some(lock) if lock.phase == Phase::OnCall => return Self::OnACall,
            Some(_) => return Self::Ringing,
            None if !person.offers.is_empty() => return Self::Ringing,
            None => {}
        }
        if person.wrap_up.is_some() {
            return Self::WrapUp;
        }
        if person.devices.is_empty() {
            return Self::Offline;
        }
        match person.choice.mode {
            Mode::Available if person.not_responding => Self::Busy,
            Mode::Available => Self::Available,
            Mode::Busy => Self::Busy,
            Mode::Away | Mode::Lunch | Mode::BusinessTrip => Self::Away,
            Mode::DoNotDisturb => Self::DoNotDisturb,
            Mode::OffWork => Self::OffWork,
        }
    }
}
