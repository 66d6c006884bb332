use std::collections::{BTreeMap, BTreeSet};

use ids::{CallId, DeviceId, QueueId, UserId};

use super::{Choice, Instant, Lock, Membership, Mode, Offer, Phase, State, Strategy, WrapUp};

/// A person on the floor: mode, connectivity and call kept apart, and what follows from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// Rises by one with every event.
    pub version: u64,
    /// What colleagues see: [`State::of`] at the last event.
    pub state: State,
    /// When it began.
    pub state_time: Instant,
    /// The mode.
    pub choice: Choice,
    /// The mode that begins when the call and its rest are over.
    pub next_mode: Option<Mode>,
    /// Devices with a live heartbeat, and when each counts as gone.
    pub devices: BTreeMap<DeviceId, Instant>,
    /// Devices that may report, from the plan.
    pub known_devices: Vec<DeviceId>,
    /// The call that holds the person.
    pub lock: Option<Lock>,
    /// Shared offers that ring the person.
    pub offers: BTreeMap<CallId, Offer>,
    /// The rest after a call.
    pub wrap_up: Option<WrapUp>,
    /// Misses in a row that count.
    pub misses: u32,
    /// Too many of them.
    pub not_responding: bool,
    /// When the last call ended.
    pub last_call_end: Option<Instant>,
    /// When a call was last offered.
    pub last_offered: Option<Instant>,
    /// Calls answered in the account's day.
    pub calls_today: u32,
    /// Places in queues, from the plan.
    pub memberships: Vec<Membership>,
    /// Dynamic queues the person is logged in to.
    pub logins: BTreeSet<QueueId>,
    /// The person's last turn in ROUND_ROBIN queues.
    pub turns: BTreeMap<QueueId, u64>,
    /// Not to be reached, says the plan.
    pub suspended: bool,
    /// Left the plan while on a call.
    pub gone: bool,
}

/// A tier's share of the score, above every rank within it.
const TIER: u64 = 100_000_000_000_000;

impl Person {
    /// The queues the person is logged in to, in the plan's order.
    pub fn logged_in(&self) -> impl Iterator<Item = &Membership> {
        self.memberships
            .iter()
            .filter(|place| !place.dynamic || self.logins.contains(&place.queue))
    }

    /// Whether the person counts as present in their queues: there and at work, free or not.
    #[must_use]
    pub fn attends(&self) -> bool {
        !matches!(self.state, State::Offline | State::OffWork)
    }

    /// On a call, with no live device: the call goes on, colleagues see why nobody reacts.
    #[must_use]
    pub fn connection_lost(&self) -> bool {
        let on_call = self.lock.is_some_and(|lock| lock.phase == Phase::OnCall);
        on_call && self.devices.is_empty()
    }

    /// The person's scores in the ready indexes: empty unless a queue call can be offered now.
    #[must_use]
    pub fn ready(&self) -> BTreeMap<QueueId, u64> {
        if self.state != State::Available {
            return BTreeMap::new();
        }
        self.logged_in()
            .map(|place| (place.queue, self.score(place)))
            .collect()
    }

    /// The lower, the sooner chosen.
    fn score(&self, place: &Membership) -> u64 {
        let idle = self
            .last_call_end
            .map_or(0, |end| end.timestamp_millis().unsigned_abs());
        let order = u64::from(place.order);
        let rank = match place.strategy {
            Strategy::LongestIdle => idle,
            Strategy::RoundRobin => self.turns.get(&place.queue).unwrap_or(&0) * 10_000 + order,
            Strategy::LeastCalls => {
                u64::from(self.calls_today.min(9_999)) * 10_000_000_000 + idle / 1000
            }
            Strategy::Linear => order,
            Strategy::Random => 0,
        };
        u64::from(place.tier) * TIER + rank
    }
}
