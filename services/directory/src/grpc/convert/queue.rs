use std::collections::HashSet;

use access::Permission;
use api::directory::v1 as wire;
use fault::At;

use super::{Wire, at_most, choice, copy_field, count, duration, target, time};
use crate::{
    app::edit::Ground,
    domain::{
        queue::{self, Member, Queue, QueueStrategy},
        resource::Record,
    },
};

impl Wire for Queue {
    type Message = wire::Queue;

    const ID: &'static str = "queue_id";
    const MANAGE: Permission = Permission::QueuesManage;

    fn seen(message: &wire::Queue) -> (&str, &str) {
        (&message.queue_id, &message.etag)
    }

    fn message(record: &Record<Self>) -> wire::Queue {
        let queue = &record.value;
        wire::Queue {
            queue_id: record.id.to_string(),
            display_name: queue.display_name.to_string(),
            members: queue.members.iter().map(member_message).collect(),
            strategy: strategy_message(queue.strategy).into(),
            ring_timeout: duration::message(queue.ring_timeout),
            wrap_up: duration::message(queue.wrap_up),
            max_wait: duration::message(queue.max_wait),
            max_size: queue.max_size,
            join_empty: queue.join_empty,
            max_misses: queue.max_misses.into(),
            service_level_threshold: duration::message(queue.service_level),
            short_abandon_threshold: duration::message(queue.short_abandon),
            too_long_target: target::message(&queue.too_long),
            full_target: target::message(&queue.full),
            empty_target: target::message(&queue.empty),
            create_time: time::message(record.created),
            update_time: time::message(record.updated),
            etag: record.etag(),
        }
    }

    fn read(message: wire::Queue, ground: &Ground<'_, Self>, at: &mut At<'_>) -> Option<Self> {
        let voicemail = || Self::voicemail(ground.id);
        let display_name = at.parse("display_name", &message.display_name);
        let members = members(&message.members, at);
        let strategy = choice(at, "strategy", message.strategy, |strategy| {
            Some(self::strategy(strategy))
        });
        let ring_timeout = duration::read(
            at,
            "ring_timeout",
            message.ring_timeout,
            queue::RING_TIMEOUT,
        );
        let wrap_up = duration::read(at, "wrap_up", message.wrap_up, queue::WRAP_UP);
        let max_wait = duration::read(at, "max_wait", message.max_wait, queue::MAX_WAIT);
        let fits = at.must(
            message.max_size <= queue::MAX_SIZE,
            "max_size",
            format!("must be at most {}, or 0 for no limit", queue::MAX_SIZE),
        );
        let max_misses = count(
            at,
            "max_misses",
            message.max_misses,
            queue::MISSES,
            queue::DEFAULT_MISSES,
        );
        let service_level = duration::read(
            at,
            "service_level_threshold",
            message.service_level_threshold,
            queue::SERVICE_LEVEL,
        );
        let short_abandon = duration::read(
            at,
            "short_abandon_threshold",
            message.short_abandon_threshold,
            queue::SHORT_ABANDON,
        );
        let too_long = target::read(at, "too_long_target", message.too_long_target, voicemail);
        let full = target::read(at, "full_target", message.full_target, voicemail);
        let empty = target::read(at, "empty_target", message.empty_target, voicemail);
        Some(Self {
            display_name: display_name?,
            members: members?,
            strategy: strategy?,
            ring_timeout: ring_timeout?,
            wrap_up: wrap_up?,
            max_wait: max_wait?,
            max_size: fits.then_some(message.max_size)?,
            join_empty: message.join_empty,
            max_misses: max_misses?,
            service_level: service_level?,
            short_abandon: short_abandon?,
            too_long: too_long?,
            full: full?,
            empty: empty?,
        })
    }

    fn copy(field: &str, from: &wire::Queue, to: &mut wire::Queue) -> bool {
        copy_field!(field, from => to:
            display_name, members, strategy, ring_timeout, wrap_up, max_wait, max_size, join_empty, max_misses,
            service_level_threshold, short_abandon_threshold, too_long_target, full_target, empty_target)
    }
}

fn members(list: &[wire::QueueMember], at: &mut At<'_>) -> Option<Vec<Member>> {
    if !at_most(at, "members", list.len(), queue::MAX_MEMBERS) {
        return None;
    }
    let mut seen = HashSet::new();
    let members = list.iter().enumerate().map(|(index, message)| {
        let mut at = at.index("members", index);
        let person = at
            .parse("person_id", &message.person_id)
            .filter(|person| at.must(seen.insert(*person), "person_id", "must appear only once"));
        let tier = count(
            &mut at,
            "tier",
            message.tier,
            queue::TIERS,
            *queue::TIERS.start(),
        );
        Some(Member {
            person: person?,
            tier: tier?,
            dynamic: message.dynamic,
        })
    });
    members.collect::<Vec<_>>().into_iter().collect()
}

fn member_message(member: &Member) -> wire::QueueMember {
    wire::QueueMember {
        person_id: member.person.to_string(),
        tier: member.tier.into(),
        dynamic: member.dynamic,
    }
}

pub(super) fn strategy(message: wire::QueueStrategy) -> QueueStrategy {
    match message {
        wire::QueueStrategy::Unspecified | wire::QueueStrategy::LongestIdle => {
            QueueStrategy::LongestIdle
        }
        wire::QueueStrategy::RoundRobin => QueueStrategy::RoundRobin,
        wire::QueueStrategy::LeastCalls => QueueStrategy::LeastCalls,
        wire::QueueStrategy::Linear => QueueStrategy::Linear,
        wire::QueueStrategy::Random => QueueStrategy::Random,
    }
}

fn strategy_message(strategy: QueueStrategy) -> wire::QueueStrategy {
    match strategy {
        QueueStrategy::LongestIdle => wire::QueueStrategy::LongestIdle,
        QueueStrategy::RoundRobin => wire::QueueStrategy::RoundRobin,
        QueueStrategy::LeastCalls => wire::QueueStrategy::LeastCalls,
        QueueStrategy::Linear => wire::QueueStrategy::Linear,
        QueueStrategy::Random => wire::QueueStrategy::Random,
    }
}
