//! What a transition tells the rest of the mesh; the events of a call, in
//! order, are its timeline. One to one with `strowger.routing.v1.CallEvent`.
//!
//! Grammar that reporting relies on: every `Offered` is followed by exactly one
//! `Answered` or `OfferEnded` of its leg, every `Queued` by exactly one
//! `LeftQueue`, every call has exactly one `Ended`, and only `Recorded` may
//! follow it.

use core::time::Duration;

use ids::{EdgeId, LegId, MenuId, NumberId, QueueId, UserId};

use super::{OfferSource, Outcome, Token};

/// One step of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The caller arrived.
    Arrived {
        /// E.164; empty when anonymous.
        from: String,
        /// E.164.
        dialled: String,
        /// Whose settings apply.
        number: NumberId,
        /// Where the caller's leg lives.
        edge: EdgeId,
        /// The caller's leg.
        leg: LegId,
    },
    /// The call went on to a target.
    Targeted {
        /// An id, an E.164, or a prompt; empty when unassigned.
        target: String,
        /// In words.
        reason: &'static str,
    },
    /// A key was pressed, or none in time.
    KeyPressed {
        /// Where.
        menu: MenuId,
        /// Empty when none was pressed.
        key: String,
        /// Whether it leads somewhere.
        valid: bool,
    },
    /// The caller entered a waiting line.
    Queued {
        /// Which.
        queue: QueueId,
        /// For the service level.
        service_level_threshold: Duration,
        /// For abandoned calls.
        short_abandon_threshold: Duration,
    },
    /// The caller left a waiting line.
    LeftQueue {
        /// Which.
        queue: QueueId,
        /// How.
        exit: QueueExit,
        /// Since entering.
        waited: Duration,
        /// Who answered.
        person: Option<UserId>,
    },
    /// A person or an outside number is being rung.
    Offered {
        /// Which leg.
        leg: LegId,
        /// `None` for an outside number.
        person: Option<UserId>,
        /// From where.
        via: OfferSource,
        /// Of the grant; `None` for an outside number.
        token: Option<Token>,
    },
    /// A leg began to ring.
    Ringing {
        /// Which.
        leg: LegId,
    },
    /// An offer ended without an answer.
    OfferEnded {
        /// Which leg.
        leg: LegId,
        /// `None` for an outside number.
        person: Option<UserId>,
        /// From where.
        via: OfferSource,
        /// How.
        end: OfferEnd,
        /// How long it stood.
        rang: Duration,
    },
    /// A phone was picked up while its person was on another call.
    SecondPickUp {
        /// Which leg.
        leg: LegId,
        /// Who seems to be in two places.
        person: UserId,
    },
    /// Somebody answered.
    Answered {
        /// Which leg.
        leg: LegId,
        /// `None` for an outside number.
        person: Option<UserId>,
        /// From where.
        via: OfferSource,
        /// How long the offer stood.
        rang: Duration,
    },
    /// The caller was put on hold.
    Held {
        /// The person's leg.
        leg: LegId,
    },
    /// The caller was taken back.
    Resumed {
        /// The person's leg.
        leg: LegId,
        /// How long it was held.
        held: Duration,
    },
    /// The caller is leaving a voicemail.
    Voicemail {
        /// Whose.
        owner: String,
    },
    /// A voicemail was recorded.
    Recorded {
        /// Whose.
        owner: String,
        /// Where it is kept.
        location: String,
        /// How long it is.
        length: Duration,
    },
    /// The call is over.
    Ended {
        /// How.
        outcome: Outcome,
        /// Who hung up first; `None` when the mesh ended it.
        by: Option<LegId>,
        /// Who talked last.
        person: Option<UserId>,
        /// From where that talk came.
        via: Option<OfferSource>,
        /// From answer to end, holds included.
        talked: Duration,
        /// The part of it on hold.
        held: Duration,
    },
}

/// How a caller left a waiting line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QueueExit {
    /// Somebody of the queue answered.
    Answered,
    /// The caller hung up.
    Abandoned,
    /// The longest wait passed.
    TooLong,
    /// The line was full at entry.
    Full,
    /// Nobody was logged in at entry.
    Empty,
    /// The call was ended by a person, or failed.
    Failed,
}

/// How an offer ended without an answer of this person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OfferEnd {
    /// The person pressed decline.
    Declined,
    /// The ring time-out passed.
    Missed,
    /// No device could be reached.
    Unreachable,
    /// Somebody else answered.
    Taken,
    /// The caller hung up, or the call moved on.
    Withdrawn,
    /// The person answered another call.
    Busy,
}
