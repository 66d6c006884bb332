use std::collections::BTreeMap;

use ids::{AccountId, DeviceId, QueueId, UserId};

use super::{Membership, Strategy};

/// The part of an account's plan that presence needs: who there is, with what, in which queues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// Whose.
    pub account: AccountId,
    /// The plan's version.
    pub version: i64,
    /// The account's, for the day that LEAST_CALLS counts.
    pub time_zone: chrono_tz::Tz,
    /// Everybody with an extension.
    pub people: BTreeMap<UserId, Seat>,
    /// Every queue.
    pub queues: BTreeMap<QueueId, Strategy>,
}

/// One person's part of the plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seat {
    /// In ring order.
    pub devices: Vec<DeviceId>,
    /// By queue id.
    pub memberships: Vec<Membership>,
    /// Not to be reached until resumed: in their queues, but with no device and no offer.
    pub suspended: bool,
}

impl Roster {
    /// The account's day at `now`, if any queue counts calls by it; empty otherwise.
    #[must_use]
    pub fn day(&self, now: super::Instant) -> String {
        if self
            .queues
            .values()
            .any(|strategy| *strategy == Strategy::LeastCalls)
        {
            now.with_timezone(&self.time_zone).date_naive().to_string()
        } else {
            String::new()
        }
    }
}
