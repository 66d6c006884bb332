use std::collections::HashSet;

use access::Permission;
use api::directory::v1 as wire;
use fault::At;
use ids::UserId;

use super::{Wire, at_most, choice, copy_field, duration, target, time};
use crate::{
    app::edit::Ground,
    domain::{
        resource::Record,
        ring_group::{MAX_MEMBERS, RING_TIMEOUT, RingGroup, RingStrategy},
    },
};

impl Wire for RingGroup {
    type Message = wire::RingGroup;

    const ID: &'static str = "ring_group_id";
    const MANAGE: Permission = Permission::RingGroupsManage;

    fn seen(message: &wire::RingGroup) -> (&str, &str) {
        (&message.ring_group_id, &message.etag)
    }

    fn message(record: &Record<Self>) -> wire::RingGroup {
        let group = &record.value;
        let strategy = match group.strategy {
            RingStrategy::Simultaneous => wire::RingStrategy::Simultaneous,
            RingStrategy::Sequential => wire::RingStrategy::Sequential,
            RingStrategy::Random => wire::RingStrategy::Random,
            RingStrategy::RoundRobin => wire::RingStrategy::RoundRobin,
            RingStrategy::LongestIdle => wire::RingStrategy::LongestIdle,
        };
        wire::RingGroup {
            ring_group_id: record.id.to_string(),
            display_name: group.display_name.to_string(),
            member_ids: group.members.iter().map(ToString::to_string).collect(),
            strategy: strategy.into(),
            ring_timeout: duration::message(group.ring_timeout),
            no_answer_target: target::message(&group.no_answer),
            create_time: time::message(record.created),
            update_time: time::message(record.updated),
            etag: record.etag(),
        }
    }

    fn read(message: wire::RingGroup, ground: &Ground<'_, Self>, at: &mut At<'_>) -> Option<Self> {
        let display_name = at.parse("display_name", &message.display_name);
        let members = members(&message.member_ids, at);
        let strategy = choice(at, "strategy", message.strategy, |strategy| {
            Some(self::strategy(strategy))
        });
        let ring_timeout = duration::read(at, "ring_timeout", message.ring_timeout, RING_TIMEOUT);
        let no_answer = target::read(at, "no_answer_target", message.no_answer_target, || {
            Self::voicemail(ground.id)
        });
        Some(Self {
            display_name: display_name?,
            members: members?,
            strategy: strategy?,
            ring_timeout: ring_timeout?,
            no_answer: no_answer?,
        })
    }

    fn copy(field: &str, from: &wire::RingGroup, to: &mut wire::RingGroup) -> bool {
        copy_field!(field, from => to: display_name, member_ids, strategy, ring_timeout, no_answer_target)
    }
}

fn members(list: &[String], at: &mut At<'_>) -> Option<Vec<UserId>> {
    if !at_most(at, "member_ids", list.len(), MAX_MEMBERS) {
        return None;
    }
    let mut seen = HashSet::new();
    let members = list.iter().enumerate().map(|(index, text)| {
        let mut at = at.index("member_ids", index);
        match text.parse() {
            Ok(person) if seen.insert(person) => Some(person),
            Ok(_) => {
                at.here("must appear only once");
                None
            }
            Err(error) => {
                at.here(error);
                None
            }
        }
    });
    members.collect::<Vec<_>>().into_iter().collect()
}

pub(super) fn strategy(message: wire::RingStrategy) -> RingStrategy {
    match message {
        wire::RingStrategy::Unspecified | wire::RingStrategy::Simultaneous => {
            RingStrategy::Simultaneous
        }
        wire::RingStrategy::Sequential => RingStrategy::Sequential,
        wire::RingStrategy::Random => RingStrategy::Random,
        wire::RingStrategy::RoundRobin => RingStrategy::RoundRobin,
        wire::RingStrategy::LongestIdle => RingStrategy::LongestIdle,
    }
}
