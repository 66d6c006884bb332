use ids::{CallId, QueueId, UserId};

use super::{Instant, Mode, State};

/// One change of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Who.
    pub person: UserId,
    /// What they are now.
    pub state: State,
    /// What they were; the same when something else changed.
    pub previous: State,
    /// Since when they had been `previous`.
    pub previous_since: Instant,
    /// The call of a lock, an offer or a wrap-up.
    pub call: Option<CallId>,
    /// The queue of a wrap-up, or the one joined or left.
    pub queue: Option<QueueId>,
    /// What happened.
    pub cause: Cause,
    /// The person's version after it.
    pub version: u64,
    /// What was chosen.
    pub mode: Mode,
}

/// Why a person changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The first heartbeat of a device.
    Connected,
    /// The lease of a device ended.
    Disconnected,
    /// Someone chose a mode.
    ModeSet,
    /// A mode with an end has ended.
    ModeEnded,
    /// A call is offered.
    Offered,
    /// The person took the call.
    Answered,
    /// The person let the offer pass on purpose.
    Declined,
    /// The person did not answer, or could not be reached.
    Missed,
    /// The call took its offer back.
    Withdrawn,
    /// The call ended.
    Released,
    /// The rest ended.
    WrapUpEnded,
    /// A lock or an offer was not renewed.
    LockExpired,
    /// Too many misses in a row.
    NotResponding,
    /// The person came back.
    Returned,
    /// Queues or devices changed.
    Membership,
}
