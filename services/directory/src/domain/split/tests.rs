mod office;

use std::collections::{HashMap, HashSet};

use chrono::DateTime;
use ids::UserId;
use proptest::prelude::*;

use self::office::{
    IN_LINE, RING_ALL, SHARED, an_office, begun, empty_office, extension, menu, number, record,
    ring_group, wish,
};
use super::{
    outlook::{Obstacle, Outlook, references},
    rewire::{NewSuccessor, Rewired, archive, switch},
    *,
};
use crate::domain::{
    extension::Extension,
    link,
    loops::{self, Transfer},
    plan::Plan,
    queue::{Member, Queue},
    resource::{Record, Resource},
    target::Target,
};

fn put<R: Resource>(into: &mut [Record<R>], changed: &[Record<R>]) {
    for record in changed {
        for there in into.iter_mut().filter(|there| there.id == record.id) {
            *there = record.clone();
        }
    }
}

fn rewire(config: &mut Plan, rewired: &Rewired) {
    put(&mut config.numbers, &rewired.numbers);
    put(&mut config.extensions, &rewired.extensions);
    put(&mut config.ring_groups, &rewired.ring_groups);
    put(&mut config.queues, &rewired.queues);
    put(&mut config.menus, &rewired.menus);
}

/// The configuration after the switch.
fn switched(config: &Plan, split: &Split) -> Plan {
    let changes = switch(config, split).unwrap().unwrap();
    let mut after = config.clone();
    rewire(&mut after, &changes.rewired);
    let new = split.people.iter().zip(changes.extensions);
    let new = new.map(|(person, extension)| record(person.extension, extension));
    after.extensions.extend(new);
    match (changes.successor, split.successor.place) {
        (NewSuccessor::RingGroup(group), Place::RingGroup(id)) => {
            after.ring_groups.push(record(id, group))
        }
        (NewSuccessor::Queue(queue), Place::Queue(id)) => after.queues.push(record(id, queue)),
        other => panic!("{other:?}"),
    }
    after
}

fn archived(config: &Plan, split: &Split) -> Plan {
    let mut after = config.clone();
    rewire(&mut after, &archive(config, split.person));
    after
}

fn transfers(config: &Plan) -> Vec<Transfer> {
    fn of<R: Resource>(records: &[Record<R>]) -> impl Iterator<Item = Transfer> {
        records.iter().flat_map(|record| {
            let links = link::links(record, &HashMap::new());
            links.into_iter().filter_map(|link| match link.end {
                link::End::Resource(to) if link.automatic => Some((record.key(), to)),
                _ => None,
            })
        })
    }
    of(&config.numbers)
        .chain(of(&config.extensions))
        .chain(of(&config.ring_groups))
        .chain(of(&config.queues))
        .chain(of(&config.menus))
        .collect()
}

fn circles(config: &Plan) -> usize {
    let edges = transfers(config);
    let starts: HashSet<_> = edges.iter().map(|(from, _)| *from).collect();
    starts
        .into_iter()
        .filter(|start| loops::through(*start, &edges).is_some())
        .count()
}

#[test]
fn steps_come_in_an_order_in_which_a_call_is_always_taken() {
    let config = empty_office();
    let now = DateTime::UNIX_EPOCH;
    let mut split = begun(&wish(&config, &[None, None], RING_ALL));
    for person in &mut split.people {
        person.invited = None;
    }
    let mut taken = Vec::new();
    loop {
        let step = split.next();
        taken.push(step);
        match step {
            Step::Invite(index) => split.people[index].invited = Some((UserId::generate(), now)),
            Step::Switch => split.switched = Some(now),
            Step::Deactivate => split.deactivated = Some(now),
            Step::Archive => split.archived = Some(now),
            Step::Done => break,
        }
    }
    let order = [
        Step::Invite(0),
        Step::Invite(1),
        Step::Switch,
        Step::Deactivate,
        Step::Archive,
        Step::Done,
    ];
    assert_eq!(taken, order);
    assert!(
        split
            .forgetful()
            .people
            .iter()
            .all(|person| person.profile.is_none())
    );
}

#[test]
fn short_numbers_are_the_next_free_ones_and_wanted_ones_are_respected() {
    let config = empty_office();
    let numbers = |wanted: &[Option<&str>]| {
        let outlook = Outlook::of(&config, &wish(&config, wanted, RING_ALL)).unwrap();
        let numbers = outlook.people.iter().map(|(_, number)| number.clone());
        let numbers: Vec<_> = numbers.map(|n| n.map(|n| n.to_string())).collect();
        (numbers, outlook.obstacles)
    };
    let some = |text: &str| Some(text.to_owned());
    // 102, 104 and 105 are taken, 106 is wanted, and 110 is for emergencies.
    let (allotted, obstacles) = numbers(&[None, Some("106"), None, None, None, None]);
    let expected = ["103", "106", "107", "108", "109", "111"].map(some);
    assert_eq!((allotted, obstacles), (expected.to_vec(), vec![]));

    let (allotted, obstacles) = numbers(&[Some("104"), Some("101"), Some("7777")]);
    assert_eq!(allotted, [None, None, some("7777")]);
    let taken = [0, 1].map(Obstacle::ShortNumberTaken);
    assert_eq!(obstacles, taken);
    let fields = obstacles.iter().map(Obstacle::field).collect::<Vec<_>>();
    assert_eq!(fields, ["people[0].short_number", "people[1].short_number"]);
}

#[test]
fn when_all_numbers_of_a_length_are_taken_it_says_so() {
    let mut config = empty_office();
    config.extensions = (0..100)
        .filter_map(|number| format!("{number:02}").parse::<ShortNumber>().ok())
        .map(|number| extension(number.as_str()))
        .collect();
    let outlook = Outlook::of(&config, &wish(&config, &[None, Some("123")], RING_ALL)).unwrap();
    assert_eq!(outlook.obstacles, [Obstacle::ShortNumbersUsedUp(0)]);
}

#[test]
fn a_full_ring_group_cannot_take_them_all() {
    let mut config = empty_office();
    let shared = config.extensions[SHARED].value.person;
    let others = (0..98).map(|_| UserId::generate());
    let group = ring_group(others.chain([shared]).collect(), Target::Unassigned);
    config.ring_groups.push(group.clone());
    let obstacles = |people| {
        let wish = wish(&config, &vec![None; people], RING_ALL);
        Outlook::of(&config, &wish).unwrap().obstacles
    };
    assert_eq!(obstacles(1), []);
    assert_eq!(obstacles(2), [Obstacle::Crowded(group.key(), 100)]);
}

#[test]
fn the_etag_stands_for_what_the_plan_depends_on_and_nothing_else() {
    let mut config = empty_office();
    let shared = Target::Place(Place::Extension(config.extensions[SHARED].id));
    config.numbers.push(number(shared, Target::Unassigned));
    let wish = wish(&config, &[None, None], RING_ALL);
    let etag = |config: &Plan| Outlook::of(config, &wish).unwrap().etag();
    let before = etag(&config);

    let mut other = config.clone();
    other.menus.push(menu(
        vec![],
        [Target::Unassigned, Target::Unassigned, Target::Unassigned],
    ));
    other.account.plan_version += 1;
    other.extensions[1].version += 1;
    assert_eq!(etag(&other), before, "nothing that matters has changed");

    let mut changed = config.clone();
    changed.numbers[0].version += 1;
    assert_ne!(etag(&changed), before);
    let mut changed = config.clone();
    changed.extensions[SHARED].version += 1;
    assert_ne!(etag(&changed), before);
    let mut changed = config;
    changed.extensions.push(extension("103"));
    assert_ne!(
        etag(&changed),
        before,
        "a number that was to be given is taken"
    );
}

#[test]
fn the_successor_does_what_the_extension_did_when_nobody_answered() {
    let mut config = empty_office();
    let away = Target::External("+442079460018".parse().unwrap());
    config.extensions[SHARED].value.no_answer = away.clone();
    for kind in [RING_ALL, IN_LINE] {
        let split = begun(&wish(&config, &[None, None], kind));
        let after = switched(&config, &split);
        let old = &after.extensions[SHARED].value;
        let there = Target::Place(split.successor.place);
        assert_eq!([&old.busy, &old.no_answer], [&there, &there]);
        if kind == RING_ALL {
            let group = &after.ring_groups[0].value;
            assert_eq!((&group.no_answer, group.ring_timeout.as_secs()), (&away, 7));
        } else {
            let queue = &after.queues[0].value;
            assert_eq!([&queue.empty, &queue.full], [&away, &away]);
        }
    }
}

proptest! {
    /// Whatever the office: afterwards nothing leads to the shared identity, every number leads
    /// where it led or to the successor, and everybody has one extension.
    #[test]
    fn after_a_split_nobody_misses_the_shared_identity(
        config in an_office(), people in 2usize..=20, in_line in any::<bool>(),
    ) {
        let kind = if in_line { IN_LINE } else { RING_ALL };
        let split = begun(&wish(&config, &vec![None; people], kind));
        let shared = &config.extensions[SHARED];
        let newcomers: Vec<UserId> = split.invited().collect();

        let during = switched(&config, &split);
        let place = split.successor.place.key();
        // The shared identity still rings wherever it did, and with the successor.
        let rings = |config: &Plan, person| {
            let groups = config.ring_groups.iter().filter(|group| group.value.members.contains(&person)).count();
            let queues = config.queues.iter().filter(|queue| queue.value.members().iter().any(|(_, id)| *id == person)).count();
            groups + queues
        };
        prop_assert_eq!(rings(&during, split.person), rings(&config, split.person) + 1);
        let left = references(&during, &during.extensions[SHARED]);
        for reference in &left {
            for field in &reference.fields {
                prop_assert!(field.starts_with("member"), "{field} still leads there");
            }
        }

        let after = archived(&during, &split);
        prop_assert_eq!(references(&after, &after.extensions[SHARED]), vec![]);
        prop_assert_eq!(rings(&after, split.person), 0);
        for person in &newcomers {
            prop_assert_eq!(rings(&after, *person), rings(&config, split.person) + 1);
            let own = after.extensions.iter().filter(|extension| extension.value.person == *person);
            prop_assert_eq!(own.count(), 1);
        }
        // The short numbers of all are different, and the shared one is still there, silent.
        let short: HashSet<_> = after.extensions.iter().map(|extension| &extension.value.short_number).collect();
        prop_assert_eq!(short.len(), after.extensions.len());
        let old = &after.extensions[SHARED].value;
        prop_assert_eq!(&old.short_number, &shared.value.short_number);
        prop_assert!(old.devices.is_empty());

        for (before, now) in config.numbers.iter().zip(&after.numbers) {
            let led = Target::Place(Place::Extension(shared.id));
            let expected = if before.value.target == led {
                Target::Place(split.successor.place)
            } else if before.value.target == Extension::voicemail(shared.id) {
                Target::Voicemail(split.successor.place)
            } else {
                before.value.target.clone()
            };
            prop_assert_eq!(&now.value.target, &expected);
        }
        // Nobody's place in a line is lost, and nobody else's changes.
        for (before, now) in config.queues.iter().zip(&after.queues) {
            let tier = |member: &Member| (member.tier, member.dynamic);
            let others = |queue: &Queue| queue.members.iter().filter(|member| {
                member.person != split.person && !newcomers.contains(&member.person)
            }).cloned().collect::<Vec<_>>();
            prop_assert_eq!(others(&before.value), others(&now.value));
            if let Some(old) = before.value.members.iter().find(|member| member.person == split.person) {
                let new = now.value.members.iter().filter(|member| newcomers.contains(&member.person));
                prop_assert!(new.clone().all(|member| tier(member) == tier(old)));
            }
        }
        // A switch makes no circle where there was none.
        if circles(&config) == 0 {
            prop_assert_eq!((circles(&during), circles(&after)), (0, 0), "through {}", place);
        }
        // Done again, it finds nothing to do.
        prop_assert_eq!(archive(&after, split.person), Rewired::default());
    }
}
