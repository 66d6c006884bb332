//! The steps of a call that change its record.

use api::routing::v1::{CallOutcome, OfferEnd, QueueExit};
use chrono::TimeDelta;
use ids::{LegId, NumberId, QueueId, UserId};

/// One step of a call, as far as its record cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The caller arrived.
    Arrived {
        /// E.164; empty when anonymous.
        from: String,
        /// E.164.
        dialled: String,
        /// The company's number, when it is known.
        number: Option<NumberId>,
    },
    /// The caller entered a waiting line.
    Queued {
        /// Which.
        queue: QueueId,
        /// Answers within this meet the service level.
        service_level: TimeDelta,
        /// Hang-ups before this are short.
        short_abandon: TimeDelta,
    },
    /// The caller left a waiting line, or found it full or empty.
    LeftQueue {
        /// Which.
        queue: QueueId,
        /// How.
        exit: QueueExit,
        /// Since entering.
        waited: TimeDelta,
    },
    /// A person is being rung.
    Offered(Offer),
    /// An offer ended without an answer.
    OfferEnded {
        /// Which.
        offer: Offer,
        /// How.
        end: OfferEnd,
        /// How long it stood.
        rang: TimeDelta,
    },
    /// Somebody answered.
    Answered {
        /// Which offer.
        offer: Offer,
        /// How long it stood.
        rang: TimeDelta,
    },
    /// A voicemail was recorded.
    Recorded {
        /// Where it is kept.
        location: String,
    },
    /// The call is over.
    Ended {
        /// How.
        outcome: CallOutcome,
        /// Who talked last.
        person: Option<UserId>,
        /// Where that talk came from.
        via: Via,
        /// From answer to end, holds included.
        talked: TimeDelta,
        /// The part of it on hold.
        held: TimeDelta,
    },
    /// A step that stands in the timeline and nowhere else: a key, a target, a ringing leg, or
    /// what a later version of routing says.
    Noted,
}

/// An offer of a call to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Names the offer.
    pub leg: LegId,
    /// Whom; nobody we know for an outside number.
    pub person: Option<UserId>,
    /// Where it comes from.
    pub via: Via,
}

/// The queue, ring group or extension that an offer comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Via(String);

impl Via {
    /// From its id.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// Its id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The queue, if it is one.
    #[must_use]
    pub fn queue(&self) -> Option<QueueId> {
        self.0.parse().ok()
    }
}
