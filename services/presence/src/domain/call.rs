use ids::{CallId, LegId, QueueId};

use super::Instant;

/// Orders the grants of one partition: a later grant is the larger token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token {
    /// When the partition was opened, in milliseconds since 1970.
    pub epoch: i64,
    /// Counts the grants since.
    pub fence: i64,
}

/// How far the call of a lock is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Reserved, ringing.
    Offered,
    /// Answered.
    OnCall,
}

/// The one call that holds a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lock {
    /// Which.
    pub call: CallId,
    /// The leg that answered; `None` while offered, and after the lock was lost and put back.
    pub leg: Option<LegId>,
    /// How far it is.
    pub phase: Phase,
    /// The right to act on it.
    pub token: Token,
    /// When the phase began.
    pub since: Instant,
    /// When it falls unless renewed.
    pub expires: Instant,
}

/// A shared offer: it rings the person and holds nothing until it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// The right to answer it.
    pub token: Token,
    /// When it falls by itself.
    pub expires: Instant,
}

/// The rest after a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrapUp {
    /// When it ends by itself.
    pub until: Instant,
    /// The call before it.
    pub call: CallId,
    /// The queue the call came from.
    pub queue: Option<QueueId>,
}
