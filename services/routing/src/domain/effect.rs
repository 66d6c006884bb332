//! What a transition asks of the outside world, as data.

use core::time::Duration;

use ids::{CallId, DeviceId, LegId, QueueId, UserId};
use serde::{Deserialize, Serialize};

use super::{HangupCause, Input, Time, Token};

/// Something asked of presence. It stays in the call until its answer is in,
/// and keeps its number, so that asking again after a crash is harmless.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FloorOperation {
    /// With the call id, the operation id.
    pub number: u32,
    /// What.
    pub request: FloorRequest,
}

/// What presence is asked for; one to one with `FloorService`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FloorRequest {
    /// The best free person of a queue, exclusively.
    Reserve {
        /// Of which queue.
        queue: QueueId,
        /// How long without an answer.
        lease: Duration,
        /// Not these while others are free.
        avoid: Vec<UserId>,
    },
    /// These people.
    Offer {
        /// In order.
        people: Vec<UserId>,
        /// How.
        kind: OfferKind,
        /// At most so many; 0 means all.
        limit: u32,
        /// Whom first.
        order: OfferOrder,
        /// How long without an answer.
        lease: Duration,
    },
    /// A person takes the call.
    Answer {
        /// With which leg.
        leg: LegId,
        /// Who.
        person: UserId,
        /// From the offer.
        token: Token,
        /// The others who were rung.
        losers: Vec<UserId>,
    },
    /// A person let the offer pass.
    Decline {
        /// Who.
        person: UserId,
        /// From the offer.
        token: Token,
        /// Why.
        reason: DeclineReason,
        /// Misses in a row before *not responding*; 0 means misses do not
        /// count.
        max_misses: u32,
    },
    /// The call takes its offers back.
    Withdraw {
        /// From whom.
        people: Vec<UserId>,
    },
    /// The person's part in the call is over.
    Release {
        /// Who.
        person: UserId,
        /// From the answer.
        token: Token,
        /// Rest before the next call.
        wrap_up: Duration,
        /// Where the call came from.
        queue: Option<QueueId>,
    },
}

/// How an offer holds a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OfferKind {
    /// Reserved while ringing.
    Exclusive,
    /// May ring for several calls; locked by the answer.
    Shared,
}

/// Whom an offer with a limit tries first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OfferOrder {
    /// As listed.
    Listed,
    /// Whose last call ended longest ago.
    LongestIdle,
    /// Who was offered a call longest ago: round robin.
    LeastRecentlyOffered,
}

/// Why an offer passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeclineReason {
    /// On purpose.
    Declined,
    /// Not answered in time.
    Missed,
    /// No device could be reached.
    Unreachable,
}

/// Something the edge has to do; one to one with `EdgeCommand`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Fences commands about a person.
    pub token: Option<Token>,
    /// What.
    pub action: CommandAction,
}

/// What the edge has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandAction {
    /// Ring a person's devices, or an outside number.
    Ring {
        /// Leg to be made.
        leg: LegId,
        /// `None` for an outside number.
        person: Option<UserId>,
        /// In ring order.
        devices: Vec<DeviceId>,
        /// E.164; empty for a person.
        external: String,
        /// The caller's number, to be shown.
        from: String,
        /// Where the call comes from, to be shown.
        via: String,
        /// The edge stops by itself after this.
        timeout: Duration,
    },
    /// Stop ringing.
    StopRinging {
        /// Which leg.
        leg: LegId,
    },
    /// Play a prompt.
    Play {
        /// To which leg.
        leg: LegId,
        /// Which.
        prompt: String,
        /// Until another command for the leg.
        repeat: bool,
    },
    /// Play a prompt and collect keys.
    Collect {
        /// From which leg.
        leg: LegId,
        /// Comes back with the digits.
        collect: u32,
        /// Which prompt.
        prompt: String,
        /// How long to wait after it.
        timeout: Duration,
    },
    /// Connect two legs.
    Connect {
        /// The caller.
        leg: LegId,
        /// The other side.
        other: LegId,
    },
    /// Music for a leg.
    Hold {
        /// Which.
        leg: LegId,
    },
    /// Connect a held leg again.
    Unhold {
        /// Which.
        leg: LegId,
    },
    /// Play a greeting and record.
    RecordVoicemail {
        /// Which leg.
        leg: LegId,
        /// Whose.
        owner: String,
        /// The longest recording.
        max_length: Duration,
    },
    /// End a leg.
    HangUp {
        /// Which.
        leg: LegId,
        /// What to signal.
        cause: HangupCause,
    },
}

/// News for another call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tell {
    /// Which call.
    pub call: CallId,
    /// What.
    pub input: Input,
}

/// The time after which an unanswered floor request is made again.
pub(super) const FLOOR_RETRY: Duration = Duration::from_secs(3);

/// When outstanding requests are due again.
pub(super) fn retry_at(touched: Time) -> Time {
    touched + FLOOR_RETRY
}
