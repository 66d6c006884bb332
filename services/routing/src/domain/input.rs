//! What can happen to a call.

use ids::{AccountId, CallId, DeviceId, EdgeId, LegId, UserId};
use serde::{Deserialize, Serialize};

/// A caller has arrived at an edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Made by the shell; carries the partition and names the trace.
    pub call: CallId,
    /// Whose number was dialled.
    pub account: AccountId,
    /// Where the caller's leg lives.
    pub edge: EdgeId,
    /// E.164; empty when anonymous.
    pub from: String,
    /// As presented; may be empty.
    pub from_name: String,
    /// E.164.
    pub dialled: String,
}

/// A fact, an answer or a wish about one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The answer to one of [`Call::outstanding`](super::Call).
    Floor {
        /// Which request.
        operation: u32,
        /// What came of it.
        result: FloorResult,
    },
    /// Somebody in the caller's queue may be free.
    Seek,
    /// A leg has begun to ring.
    LegRinging(LegId),
    /// A leg has been picked up.
    LegAnswered {
        /// Which.
        leg: LegId,
        /// On which device, when known.
        device: Option<DeviceId>,
    },
    /// A leg has ended at its own end.
    LegEnded {
        /// Which.
        leg: LegId,
        /// Why.
        cause: HangupCause,
    },
    /// No device of a leg could be reached.
    LegUnreachable(LegId),
    /// The caller pressed keys, or pressed none in time.
    Digits {
        /// Which question this answers.
        collect: u32,
        /// Empty when time ran out.
        digits: String,
    },
    /// The announcement has been played to its end.
    Played,
    /// A voicemail has been recorded.
    Recorded {
        /// Where it is kept.
        location: String,
        /// How long it is, in milliseconds.
        length_ms: u64,
    },
    /// The call's deadline has passed.
    Timer,
    /// The offer to this person is gone because they answered another call.
    OfferTaken(UserId),
    /// Somebody with the right to do so ends the call.
    HangUp,
    /// A person who is being rung lets the call pass.
    Decline(UserId),
    /// A person puts the caller on hold.
    Hold(UserId),
    /// A person takes the caller back.
    Resume(UserId),
    /// The edge is dead, and the legs with it.
    EdgeLost,
}

/// Why a leg ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HangupCause {
    /// Somebody hung up.
    Normal,
    /// The person pressed decline.
    Declined,
    /// The device is busy with something else.
    Busy,
    /// The connection broke.
    Failed,
}

/// Orders the grants of one person; the later one has the larger token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Token {
    /// When the partition was opened, in milliseconds.
    pub epoch: i64,
    /// Counts the grants since.
    pub fence: i64,
}

/// A person held for a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// Who.
    pub person: UserId,
    /// The right to act on the offer.
    pub token: Token,
    /// Devices that live; empty means all the edge knows.
    pub devices: Vec<DeviceId>,
}

/// What presence answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FloorResult {
    /// To `Reserve`.
    Reserved {
        /// Who, if anybody is free.
        reservation: Option<Reservation>,
        /// People logged in to the queue, free or not.
        logged_in: u32,
    },
    /// To `Offer`: one entry a person asked for.
    Offered(Vec<Offered>),
    /// To `Answer`: the person has the call.
    Answered {
        /// The right to act from now on.
        token: Token,
        /// Calls that were ringing this person and no longer do.
        withdrawn: Vec<CallId>,
    },
    /// To `Answer`: the person does not have the call.
    Refused(Refusal),
    /// To `Decline`, `Withdraw` and `Release`: it is so.
    Done,
}

/// What became of an offer to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Who.
    pub person: UserId,
    /// Whether it stands.
    pub outcome: OfferOutcome,
}

/// Whether an offer stands, and if not, why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfferOutcome {
    /// It stands.
    Placed(Reservation),
    /// On a call, reserved for one, or wrapping up.
    Busy,
    /// No live device.
    Offline,
    /// The person's mode lets no call through.
    Away,
    /// Not in the plan of presence.
    Unknown,
    /// Enough others were placed before.
    NotTried,
}

/// Why an answer was not granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The offer was withdrawn or ran out.
    OfferGone,
    /// The person is on another call.
    Busy,
    /// A later grant exists.
    Stale,
}
