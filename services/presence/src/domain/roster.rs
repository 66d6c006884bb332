use std::collections::{BTreeMap, BTreeSet};

use access::Covers;
use ids::{AccountId, DeviceId, QueueId, RingGroupId, UserId};

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
    /// Every ring group and who is in it.
    pub ring_groups: BTreeMap<RingGroupId, BTreeSet<UserId>>,
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
    /// Everybody who is in one of these queues or ring groups.
    #[must_use]
    pub fn covered(&self, covers: &Covers) -> BTreeSet<UserId> {
        let people = self.people.keys().copied();
        people
            .filter(|person| self.is_covered(covers, *person))
            .collect()
    }

    /// Whether somebody is in one of these queues or ring groups.
    #[must_use]
    pub fn is_covered(&self, covers: &Covers, person: UserId) -> bool {
        let in_queue = |seat: &Seat| seat.memberships.iter().any(|it| covers.has(it.queue));
        let in_ring_group = || {
            covers.ring_groups().any(|id| {
                let members = self.ring_groups.get(&id);
                members.is_some_and(|members| members.contains(&person))
            })
        };
        let seat = self.people.get(&person);
        seat.is_some_and(|seat| in_queue(seat) || in_ring_group())
    }

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
