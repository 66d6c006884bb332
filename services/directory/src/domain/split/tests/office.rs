//! Offices that have somebody to split.

use std::time::Duration;

use chrono::DateTime;
use ids::{
    AccountId, DeviceId, ExtensionId, MenuId, NumberId, QueueId, RingGroupId, SplitId, UserId,
};
use proptest::prelude::*;

use crate::domain::{
    account::Account,
    extension::{Device, DeviceKind, Extension},
    menu::{self, Choice, Menu},
    number::Number,
    plan::Plan,
    queue::{Member, Queue, QueueStrategy},
    resource::{Record, Resource},
    ring_group::{RingGroup, RingStrategy},
    split::{Newcomer, Person, Profile, Split, Successor, SuccessorKind, Wish},
    target::{Place, Target},
};

pub(super) const SHARED: usize = 0;

pub(super) fn record<R: Resource>(id: R::Id, value: R) -> Record<R> {
    Record::new(id, value, DateTime::UNIX_EPOCH)
}

pub(super) fn extension(short_number: &str) -> Record<Extension> {
    let id = ExtensionId::generate();
    let device = Device {
        id: DeviceId::generate(),
        kind: DeviceKind::DeskPhone,
        label: "Desk".parse().unwrap(),
    };
    record(
        id,
        Extension {
            person: UserId::generate(),
            short_number: short_number.parse().unwrap(),
            display_name: "Front Desk".parse().unwrap(),
            devices: vec![device],
            ring_timeout: Duration::from_secs(7),
            busy: Extension::voicemail(id),
            no_answer: Extension::voicemail(id),
        },
    )
}

/// An account with four extensions, of which the first is shared.
pub(super) fn empty_office() -> Plan {
    Plan {
        account: Account {
            id: AccountId::generate(),
            plan_version: 1,
            suspended: false,
            time_zone: chrono_tz::Europe::Berlin,
            country: "DE".parse().unwrap(),
            checked: DateTime::UNIX_EPOCH,
        },
        numbers: Vec::new(),
        extensions: ["101", "102", "104", "105"].map(extension).to_vec(),
        ring_groups: Vec::new(),
        queues: Vec::new(),
        menus: Vec::new(),
        schedules: Vec::new(),
        absences: Vec::new(),
    }
}

pub(super) fn wish(config: &Plan, wanted: &[Option<&str>], kind: SuccessorKind) -> Wish {
    let newcomer = |(index, number): (usize, &Option<&str>)| Newcomer {
        profile: Profile {
            first_name: "Ada".parse().unwrap(),
            last_name: format!("Shift {index}").parse().unwrap(),
            email: format!("shift{index}@example.com").parse().unwrap(),
            job_title: "".parse().unwrap(),
        },
        display_name: format!("Ada Shift {index}").parse().unwrap(),
        short_number: number.map(|number| number.parse().unwrap()),
    };
    Wish {
        person: config.extensions[SHARED].value.person,
        newcomers: wanted.iter().enumerate().map(newcomer).collect(),
        name: "Front Desk".parse().unwrap(),
        kind,
    }
}

/// The split of a wish, with everybody invited.
pub(super) fn begun(wish: &Wish) -> Split {
    let now = DateTime::UNIX_EPOCH;
    let place = match wish.kind {
        SuccessorKind::RingGroup(_) => Place::RingGroup(RingGroupId::generate()),
        SuccessorKind::Queue(_) => Place::Queue(QueueId::generate()),
    };
    let people = wish.newcomers.iter().map(|newcomer| Person {
        extension: ExtensionId::generate(),
        display_name: newcomer.display_name.clone(),
        short_number: newcomer.short_number.clone(),
        profile: Some(newcomer.profile.clone()),
        invited: Some((UserId::generate(), now)),
    });
    Split {
        id: SplitId::generate(),
        person: wish.person,
        successor: Successor {
            place,
            name: wish.name.clone(),
            kind: wish.kind,
        },
        people: people.collect(),
        created: now,
        switched: None,
        deactivated: None,
        archived: None,
    }
}

pub(super) const RING_ALL: SuccessorKind = SuccessorKind::RingGroup(RingStrategy::Simultaneous);
pub(super) const IN_LINE: SuccessorKind = SuccessorKind::Queue(QueueStrategy::LongestIdle);

pub(super) fn ring_group(members: Vec<UserId>, no_answer: Target) -> Record<RingGroup> {
    record(
        RingGroupId::generate(),
        RingGroup {
            display_name: "Sales".parse().unwrap(),
            members,
            strategy: RingStrategy::Sequential,
            ring_timeout: Duration::from_secs(20),
            no_answer,
        },
    )
}

pub(super) fn queue(members: Vec<Member>, overflow: [Target; 3]) -> Record<Queue> {
    let [too_long, full, empty] = overflow;
    record(
        QueueId::generate(),
        Queue {
            display_name: "Support".parse().unwrap(),
            members,
            strategy: QueueStrategy::Linear,
            ring_timeout: Duration::from_secs(15),
            wrap_up: Duration::ZERO,
            max_wait: Duration::from_secs(60),
            max_size: 5,
            join_empty: false,
            max_misses: 3,
            service_level: Duration::from_secs(20),
            short_abandon: Duration::from_secs(5),
            too_long,
            full,
            empty,
        },
    )
}

pub(super) fn number(target: Target, closed: Target) -> Record<Number> {
    record(
        NumberId::generate(),
        Number {
            e164: "+4930901820".parse().unwrap(),
            label: "".parse().unwrap(),
            target,
            schedule: None,
            closed,
        },
    )
}

pub(super) fn menu(keys: Vec<Target>, exits: [Target; 3]) -> Record<Menu> {
    let keys = keys.into_iter().zip('1'..='9').map(|(target, key)| Choice {
        key: key.to_string().parse().unwrap(),
        label: "".parse().unwrap(),
        target,
    });
    let [timeout, invalid, closed] = exits;
    record(
        MenuId::generate(),
        Menu {
            display_name: "Welcome".parse().unwrap(),
            prompt: "welcome".parse().unwrap(),
            keys: keys.collect(),
            key_timeout: menu::KEY_TIMEOUT.default(),
            attempts: 3,
            timeout,
            invalid,
            schedule: None,
            closed,
        },
    )
}

/// Somewhere in an office: a person, a group, a menu, a voicemail, outside, or nowhere.
pub(super) fn target(config: &Plan, choice: u8) -> Target {
    let extensions = &config.extensions;
    let pick = |n: u8| Place::Extension(extensions[usize::from(n) % extensions.len()].id);
    match choice {
        0..=1 => Target::Place(Place::Extension(extensions[SHARED].id)),
        2 => Target::Voicemail(Place::Extension(extensions[SHARED].id)),
        3..=5 => Target::Place(pick(choice)),
        6 => Target::Voicemail(pick(choice)),
        7 => Target::External("+4930901820".parse().unwrap()),
        _ => Target::Unassigned,
    }
}

prop_compose! {
    pub(super) fn an_office()(
        numbers in prop::collection::vec((0u8..10, 0u8..10), 0..5),
        groups in prop::collection::vec((prop::sample::subsequence(vec![0usize, 1, 2, 3], 0..=4), 0u8..10), 0..4),
        queues in prop::collection::vec(
            (prop::sample::subsequence(vec![0usize, 1, 2, 3], 0..=4), any::<bool>(), 1u8..=9, [0u8..10, 0u8..10, 0u8..10]),
            0..4,
        ),
        menus in prop::collection::vec((prop::collection::vec(0u8..10, 0..5), [0u8..10, 0u8..10, 0u8..10]), 0..3),
        own in (6u8..10, 6u8..10),
    ) -> Plan {
        let mut config = empty_office();
        config.extensions[SHARED].value.busy = target(&config, own.0);
        config.extensions[SHARED].value.no_answer = target(&config, own.1);
        let person = |index: &usize| config.extensions[*index].value.person;
        config.numbers = numbers
            .iter()
            .map(|(open, closed)| number(target(&config, *open), target(&config, *closed)))
            .collect();
        config.ring_groups = groups
            .iter()
            .map(|(members, no_answer)| {
                ring_group(members.iter().map(person).collect(), target(&config, *no_answer))
            })
            .collect();
        config.queues = queues
            .iter()
            .map(|(members, dynamic, tier, overflow)| {
                let members = members.iter().map(|index| Member {
                    person: person(index),
                    tier: *tier,
                    dynamic: *dynamic,
                });
                queue(members.collect(), overflow.map(|choice| target(&config, choice)))
            })
            .collect();
        config.menus = menus
            .iter()
            .map(|(keys, exits)| {
                let keys = keys.iter().map(|choice| target(&config, *choice)).collect();
                menu(keys, exits.map(|choice| target(&config, choice)))
            })
            .collect();
        config
    }
}
