//! The directory's plan, as far as presence needs it.

use std::collections::{BTreeMap, BTreeSet};

use api::directory::v1::{self, AbsenceState, QueueStrategy};
use ids::{AccountId, DeviceId, QueueId, RingGroupId, UserId};

use crate::{
    domain::{Membership, Roster, Seat, Strategy},
    error::Error,
};

const MAX_TIER: u32 = 9;

/// What presence needs of a plan.
///
/// # Errors
/// When an id in it is none: the directory has a defect, and half a plan would be worse than the
/// one before.
pub(super) fn roster(plan: &v1::Plan) -> Result<Roster, Error> {
    let mut absences = BTreeMap::new();
    for absence in &plan.absences {
        absences.insert(parsed::<UserId>(&absence.person_id)?, absence.state());
    }
    let mut people = BTreeMap::new();
    for extension in &plan.extensions {
        let person: UserId = parsed(&extension.person_id)?;
        let absence = absences.get(&person);
        if absence == Some(&AbsenceState::Left) {
            continue;
        }
        let devices = extension
            .devices
            .iter()
            .map(|device| parsed::<DeviceId>(&device.device_id));
        let seat = Seat {
            devices: devices.collect::<Result<_, _>>()?,
            memberships: Vec::new(),
            // Absent in a way that this build does not know is absent.
            suspended: plan.suspended || absence.is_some(),
        };
        people.insert(person, seat);
    }
    let mut queues = BTreeMap::new();
    for queue in &plan.queues {
        let id: QueueId = parsed(&queue.queue_id)?;
        let strategy = strategy(queue.strategy());
        queues.insert(id, strategy);
        let mut seen = BTreeSet::new();
        for (order, member) in (1..).zip(&queue.members) {
            let person: UserId = parsed(&member.person_id)?;
            // A member without an extension has no telephone to take calls with.
            let Some(seat) = people.get_mut(&person).filter(|_| seen.insert(person)) else {
                continue;
            };
            seat.memberships.push(Membership {
                queue: id,
                tier: member.tier.clamp(1, MAX_TIER) as u8,
                dynamic: member.dynamic,
                strategy,
                order,
            });
        }
    }
    let mut ring_groups = BTreeMap::new();
    for group in &plan.ring_groups {
        let members = group.member_ids.iter().map(|id| parsed::<UserId>(id));
        let members = members.collect::<Result<BTreeSet<_>, _>>()?;
        ring_groups.insert(parsed::<RingGroupId>(&group.ring_group_id)?, members);
    }
    for seat in people.values_mut() {
        seat.memberships.sort_by_key(|place| place.queue);
    }
    Ok(Roster {
        account: parsed::<AccountId>(&plan.account_id)?,
        version: plan.version,
        // A zone that this build does not know moves the turn of a day, and nothing else.
        time_zone: plan.time_zone.parse().unwrap_or(chrono_tz::UTC),
        people,
        queues,
        ring_groups,
    })
}

fn strategy(strategy: QueueStrategy) -> Strategy {
    match strategy {
        QueueStrategy::Unspecified | QueueStrategy::LongestIdle => Strategy::LongestIdle,
        QueueStrategy::RoundRobin => Strategy::RoundRobin,
        QueueStrategy::LeastCalls => Strategy::LeastCalls,
        QueueStrategy::Linear => Strategy::Linear,
        QueueStrategy::Random => Strategy::Random,
    }
}

fn parsed<T>(text: &str) -> Result<T, Error>
where
    T: std::str::FromStr<Err = ids::IdError>,
{
    text.parse()
        .map_err(|error: ids::IdError| Error::Plan(error.to_string()))
}
