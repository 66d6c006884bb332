//! One offer of a call to one person.

use api::routing::v1::OfferEnd;
use chrono::{DateTime, TimeDelta, Utc};
use ids::{LegId, UserId};

use super::step::{Offer, Via};

/// One offer of a call to one person, and the talk that came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// Names it.
    pub id: LegId,
    /// Whom; `None` for an outside number.
    pub person: Option<UserId>,
    /// The queue, ring group or extension it came from.
    pub via: Via,
    /// When the edge was told to ring.
    pub offered: DateTime<Utc>,
    /// When it was answered, if it was.
    pub answered: Option<DateTime<Utc>>,
    /// When the offer or the talk ended.
    pub ended: Option<DateTime<Utc>>,
    /// How the offer ended; `Unspecified` while it stands and when it was answered.
    pub end: OfferEnd,
    /// How long the offer stood, as routing measured it; zero while it stands.
    pub rang: TimeDelta,
}

/// How an offer counts for the person who had it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferResult {
    /// Taken.
    Answered,
    /// Let pass, or no device could be reached.
    Missed,
    /// Declined.
    Declined,
    /// Ended for no doing of the person.
    Withdrawn,
}

impl Leg {
    /// A new offer.
    #[must_use]
    pub fn new(offer: Offer, offered: DateTime<Utc>) -> Self {
        Self {
            id: offer.leg,
            person: offer.person,
            via: offer.via,
            offered,
            answered: None,
            ended: None,
            end: OfferEnd::Unspecified,
            rang: TimeDelta::zero(),
        }
    }

    /// How it counts; `None` while it stands.
    #[must_use]
    pub fn result(&self) -> Option<OfferResult> {
        if self.answered.is_some() {
            return Some(OfferResult::Answered);
        }
        match self.end {
            OfferEnd::Unspecified => None,
            OfferEnd::Declined => Some(OfferResult::Declined),
            OfferEnd::Missed | OfferEnd::Unreachable => Some(OfferResult::Missed),
            OfferEnd::Taken | OfferEnd::Withdrawn | OfferEnd::Busy => Some(OfferResult::Withdrawn),
        }
    }

    /// When the result came about; `None` while the offer stands.
    #[must_use]
    pub fn settled(&self) -> Option<DateTime<Utc>> {
        self.answered.or_else(|| self.result().and(self.ended))
    }
}
