//! What callers and people live through.

use core::time::Duration;
use std::collections::{HashMap, HashSet};

use chrono_tz::Tz;
use ids::*;

use super::{
    super::*,
    world::{Weather, World},
};

pub(super) const SUPPORT: &str = "+4930100";
pub(super) const SALES: &str = "+4930200";
pub(super) const ANNA_DIRECT: &str = "+4930300";
pub(super) const RECEPTION: &str = "+4930400";

fn id<T>(make: impl Fn(uuid::Uuid) -> T, number: u128) -> T {
    make(uuid::Uuid::from_u128(number))
}

pub(super) fn person(number: u128) -> UserId {
    id(UserId::from_uuid, 0x100 + number)
}

pub(super) fn extension(number: u128) -> ExtensionId {
    id(ExtensionId::from_uuid, 0x200 + number)
}

pub(super) fn queue(number: u128) -> QueueId {
    id(QueueId::from_uuid, 0x300 + number)
}

pub(super) fn group(number: u128) -> RingGroupId {
    id(RingGroupId::from_uuid, 0x400 + number)
}

pub(super) fn menu(number: u128) -> MenuId {
    id(MenuId::from_uuid, 0x500 + number)
}

pub(super) fn number(target: Target) -> Number {
    Number {
        id: id(NumberId::from_uuid, 0x600),
        target,
        schedule: None,
        closed_target: Target::Announcement("closed".to_owned()),
    }
}

pub(super) fn queue_settings(overflow: Target) -> Queue {
    Queue {
        members: Vec::new(),
        ring_timeout: Duration::from_secs(15),
        wrap_up: Duration::from_secs(10),
        max_wait: Duration::from_secs(120),
        max_size: 3,
        join_empty: true,
        max_misses: 3,
        service_level_threshold: Duration::from_secs(20),
        short_abandon_threshold: Duration::from_secs(5),
        too_long_target: overflow.clone(),
        full_target: overflow.clone(),
        empty_target: overflow,
    }
}

/// Anna and Ben answer support; all three ring for sales; Anna has a direct
/// number; the reception menu leads to either.
pub(super) fn company() -> World {
    let voicemail = |owner: String| Target::Voicemail(owner);
    let plan = Plan {
        account: id(AccountId::from_uuid, 1),
        version: 1,
        time_zone: Tz::UTC,
        numbers: HashMap::from([
            (SUPPORT.to_owned(), number(Target::Queue(queue(1)))),
            (SALES.to_owned(), number(Target::RingGroup(group(1)))),
            (
                ANNA_DIRECT.to_owned(),
                number(Target::Extension(extension(1))),
            ),
            (RECEPTION.to_owned(), number(Target::Menu(menu(1)))),
        ]),
        extensions: (1..=3)
            .map(|n| {
                (
                    extension(n),
                    Extension {
                        person: person(n),
                        devices: Vec::new(),
                        ring_timeout: Duration::from_secs(20),
                        busy_target: voicemail(extension(n).to_string()),
                        no_answer_target: voicemail(extension(n).to_string()),
                    },
                )
            })
            .collect(),
        ring_groups: HashMap::from([(
            group(1),
            RingGroup {
                members: (1..=3).map(person).collect(),
                strategy: RingStrategy::Simultaneous,
                ring_timeout: Duration::from_secs(20),
                no_answer_target: voicemail(group(1).to_string()),
            },
        )]),
        queues: HashMap::from([(queue(1), queue_settings(voicemail(queue(1).to_string())))]),
        menus: HashMap::from([(
            menu(1),
            Menu {
                prompt: "welcome".to_owned(),
                keys: HashMap::from([
                    ('1', Target::Queue(queue(1))),
                    ('2', Target::RingGroup(group(1))),
                ]),
                key_timeout: Duration::from_secs(5),
                attempts: 2,
                timeout_target: Target::RingGroup(group(1)),
                invalid_target: Target::Announcement("goodbye".to_owned()),
                schedule: None,
                closed_target: Target::Unassigned,
            },
        )]),
        schedules: HashMap::new(),
        suspended: false,
        absent: HashSet::new(),
    };
    let mut world = World::new(plan);
    world
        .floor
        .members
        .insert(queue(1), vec![person(1), person(2)]);
    world
}

pub(super) fn answer(world: &mut World, call: CallId, who: UserId) {
    let leg = world.leg(call, who);
    world.tell(call, Input::LegRinging(leg)).unwrap();
    world
        .tell(call, Input::LegAnswered { leg, device: None })
        .unwrap();
}

pub(super) fn caller_hangs_up(world: &mut World, call: CallId) {
    let leg = world.call(call).caller;
    world
        .tell(
            call,
            Input::LegEnded {
                leg,
                cause: HangupCause::Normal,
            },
        )
        .unwrap();
}

pub(super) fn outcome(world: &World, call: CallId) -> Option<Outcome> {
    match world.call(call).state {
        State::Ended { outcome, .. } => Some(outcome),
        _ => None,
    }
}

pub(super) fn seconds(world: &mut World, seconds: u64) {
    world.advance(Duration::from_secs(seconds)).unwrap();
}

#[test]
fn a_queue_call_is_answered_and_counted() {
    let mut world = company();
    let call = world.arrive(SUPPORT).unwrap();
    assert_eq!(world.rung(call), [person(1)]);
    seconds(&mut world, 4);
    answer(&mut world, call, person(1));
    seconds(&mut world, 60);
    world.tell(call, Input::Hold(person(1))).unwrap();
    seconds(&mut world, 15);
    world.tell(call, Input::Resume(person(1))).unwrap();
    seconds(&mut world, 5);
    caller_hangs_up(&mut world, call);
    assert_eq!(outcome(&world, call), Some(Outcome::Answered));
    let last = world.events[&call].last().unwrap();
    assert!(
        matches!(last, Event::Ended { talked, held, person: Some(who), .. }
            if talked.as_secs() == 80 && held.as_secs() == 15 && *who == person(1)),
        "{last:?}"
    );
    let left = world.events[&call]
        .iter()
        .find(|event| matches!(event, Event::LeftQueue { .. }));
    assert!(
        matches!(left, Some(Event::LeftQueue { exit: QueueExit::Answered, waited, .. }) if waited.as_secs() == 4)
    );
    world.heal().unwrap();
}

#[test]
fn a_second_call_for_a_person_who_talks_goes_to_their_voicemail() {
    let mut world = company();
    let first = world.arrive(ANNA_DIRECT).unwrap();
    answer(&mut world, first, person(1));
    let second = world.arrive(ANNA_DIRECT).unwrap();
    assert!(world.rung(second).is_empty(), "the phone must not ring");
    assert!(matches!(
        world.call(second).state,
        State::InVoicemail { .. }
    ));
    world
        .tell(
            second,
            Input::Recorded {
                location: "s3://v/1".to_owned(),
                length_ms: 9_000,
            },
        )
        .unwrap();
    assert_eq!(outcome(&world, second), Some(Outcome::Voicemail));
    world.heal().unwrap();
}

#[test]
fn the_first_of_a_ring_group_wins_and_the_others_stop() {
    let mut world = company();
    let call = world.arrive(SALES).unwrap();
    assert_eq!(world.rung(call).len(), 3);
    let loser = world.leg(call, person(3));
    answer(&mut world, call, person(2));
    assert_eq!(world.rung(call), [person(2)]);
    let stopped = |command: &Command| matches!(command.action, CommandAction::StopRinging { leg } if leg == loser);
    assert!(world.commands[&call].iter().any(stopped));
    // The loser picks up all the same: nothing changes.
    let before = world.call(call).clone();
    world
        .tell(
            call,
            Input::LegAnswered {
                leg: loser,
                device: None,
            },
        )
        .unwrap();
    assert_eq!(world.call(call), &before);
    world.heal().unwrap();
}

#[test]
fn answering_one_of_two_ringing_calls_takes_the_offer_from_the_other() {
    let mut world = company();
    let (one, two) = (world.arrive(SALES).unwrap(), world.arrive(SALES).unwrap());
    answer(&mut world, one, person(1));
    assert_eq!(world.rung(two), [person(2), person(3)]);
    answer(&mut world, two, person(2));
    assert_eq!(world.rung(two), [person(2)]);
    world.heal().unwrap();
}

#[test]
fn a_second_phone_picked_up_during_a_call_is_told_once() {
    let mut world = company();
    let (one, two) = (world.arrive(SALES).unwrap(), world.arrive(SALES).unwrap());
    let [late, honest] = [person(1), person(3)].map(|who| world.leg(two, who));
    answer(&mut world, one, person(1));
    let mut pick_up = |leg| {
        let picked_up = Input::LegAnswered { leg, device: None };
        world.tell(two, picked_up).unwrap();
        let told = |event: &&Event| matches!(event, Event::SecondPickUp { .. });
        world.events[&two]
            .iter()
            .filter(told)
            .cloned()
            .collect::<Vec<_>>()
    };
    let told = vec![Event::SecondPickUp {
        leg: late,
        person: person(1),
    }];
    assert_eq!(pick_up(late), told);
    assert_eq!(pick_up(late), told, "the edge repeats its reports");
    assert_eq!(pick_up(honest), told, "whoever is free just answers");
    world.heal().unwrap();
}

#[test]
fn a_phone_that_is_picked_up_long_after_is_no_second_call() {
    let mut world = company();
    let (one, two) = (world.arrive(SALES).unwrap(), world.arrive(SALES).unwrap());
    let late = world.leg(two, person(1));
    answer(&mut world, one, person(1));
    seconds(&mut world, 6);
    let picked_up = Input::LegAnswered {
        leg: late,
        device: None,
    };
    world.tell(two, picked_up).unwrap();
    let told = |event: &Event| matches!(event, Event::SecondPickUp { .. });
    assert!(!world.events[&two].iter().any(told));
    world.heal().unwrap();
}

#[test]
fn a_missed_offer_goes_to_somebody_else() {
    let mut world = company();
    let call = world.arrive(SUPPORT).unwrap();
    assert_eq!(world.rung(call), [person(1)]);
    seconds(&mut world, 18);
    assert_eq!(
        world.rung(call),
        [person(2)],
        "not straight back to who missed it"
    );
    answer(&mut world, call, person(2));
    caller_hangs_up(&mut world, call);
    let missed = |event: &&Event| {
        matches!(
            event,
            Event::OfferEnded {
                end: OfferEnd::Missed,
                ..
            }
        )
    };
    assert_eq!(world.events[&call].iter().filter(missed).count(), 1);
    world.heal().unwrap();
}

#[test]
fn a_line_that_is_full_or_too_slow_overflows_to_voicemail() {
    let mut world = company();
    for _ in 0..2 {
        let call = world.arrive(SUPPORT).unwrap();
        let who = world.rung(call)[0];
        answer(&mut world, call, who);
    }
    let waiting: Vec<_> = (0..3).map(|_| world.arrive(SUPPORT).unwrap()).collect();
    let fourth = world.arrive(SUPPORT).unwrap();
    assert!(
        matches!(world.call(fourth).state, State::InVoicemail { .. }),
        "full"
    );
    seconds(&mut world, 119);
    assert!(matches!(world.call(waiting[0]).state, State::Queued { .. }));
    seconds(&mut world, 2);
    assert!(
        matches!(world.call(waiting[0]).state, State::InVoicemail { .. }),
        "too long"
    );
    world.heal().unwrap();
}

#[test]
fn whoever_waits_longest_gets_the_next_free_person() {
    let mut world = company();
    let busy: Vec<_> = (0..2)
        .map(|_| {
            let call = world.arrive(SUPPORT).unwrap();
            let who = world.rung(call)[0];
            answer(&mut world, call, who);
            call
        })
        .collect();
    let first = world.arrive(SUPPORT).unwrap();
    seconds(&mut world, 1);
    let second = world.arrive(SUPPORT).unwrap();
    caller_hangs_up(&mut world, busy[1]);
    world.match_waiting().unwrap();
    assert_eq!(world.rung(first).len(), 1);
    assert!(world.rung(second).is_empty());
    world.heal().unwrap();
}

#[test]
fn a_menu_leads_on_asks_again_and_gives_up() {
    let mut world = company();
    let question = |world: &World, call| match world.call(call).state {
        State::InMenu { collect, .. } => collect,
        ref other => panic!("not in a menu: {other:?}"),
    };
    let chooser = world.arrive(RECEPTION).unwrap();
    let asked = question(&world, chooser);
    world
        .tell(
            chooser,
            Input::Digits {
                collect: asked,
                digits: "2".to_owned(),
            },
        )
        .unwrap();
    assert_eq!(world.rung(chooser).len(), 3);
    // The same keys reported again belong to a question that is closed.
    let before = world.call(chooser).clone();
    world
        .tell(
            chooser,
            Input::Digits {
                collect: asked,
                digits: "1".to_owned(),
            },
        )
        .unwrap();
    assert_eq!(world.call(chooser), &before);

    let fumbler = world.arrive(RECEPTION).unwrap();
    for _ in 0..2 {
        let asked = question(&world, fumbler);
        world
            .tell(
                fumbler,
                Input::Digits {
                    collect: asked,
                    digits: "9".to_owned(),
                },
            )
            .unwrap();
    }
    world.tell(fumbler, Input::Played).unwrap();
    assert_eq!(outcome(&world, fumbler), Some(Outcome::Rejected));
    world.heal().unwrap();
}

#[test]
fn hanging_up_at_the_moment_of_the_answer_leaves_nobody_locked() {
    let mut world = company();
    let call = world.arrive(SUPPORT).unwrap();
    let leg = world.leg(call, person(1));
    // Presence grants the answer, but its word is lost; the caller hangs up.
    world.weather = Weather::LoseReply;
    world
        .tell(call, Input::LegAnswered { leg, device: None })
        .unwrap();
    caller_hangs_up(&mut world, call);
    assert_eq!(outcome(&world, call), Some(Outcome::Abandoned));
    world.heal().unwrap();
}

#[test]
fn a_crash_between_reservation_and_answer_costs_seconds_not_the_call() {
    let mut world = company();
    world.weather = Weather::LoseReply;
    let call = world.arrive(SUPPORT).unwrap();
    assert!(world.rung(call).is_empty(), "reserved, but nobody knows");
    world.weather = Weather::Fair;
    seconds(&mut world, 5);
    assert_eq!(
        world.rung(call),
        [person(1)],
        "the timer asks again and hears the same"
    );
    answer(&mut world, call, person(1));
    caller_hangs_up(&mut world, call);
    world.heal().unwrap();
}

#[test]
fn a_dead_edge_frees_its_people() {
    let mut world = company();
    let call = world.arrive(SUPPORT).unwrap();
    answer(&mut world, call, person(1));
    world.tell(call, Input::EdgeLost).unwrap();
    assert_eq!(outcome(&world, call), Some(Outcome::Failed));
    world.heal().unwrap();
}

#[test]
fn a_call_survives_its_own_storage() {
    let mut world = company();
    let call = world.arrive(SALES).unwrap();
    answer(&mut world, call, person(3));
    let stored = serde_json::to_vec(world.call(call)).unwrap();
    assert_eq!(
        &serde_json::from_slice::<Call>(&stored).unwrap(),
        world.call(call)
    );
}
