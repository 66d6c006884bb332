//! Random plans, inputs and crashes: what must always be true, is.

use core::{cell::RefCell, time::Duration};
use std::collections::{HashMap, HashSet};

use chrono_tz::Tz;
use ids::*;
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};

use super::{
    super::*,
    grammar::Grammar,
    stories::{extension, group, menu, number, person, queue, queue_settings},
    world::{Weather, World},
};

const PEOPLE: u128 = 4;
const NUMBERS: [&str; 4] = ["+491", "+492", "+493", "+494"];

#[derive(Debug, Clone)]
pub(super) enum Action {
    Arrive(usize),
    /// Something about the nth call, and its nth leg.
    About(usize, usize, About),
    Advance(u64),
    Match,
    Weather(Weather),
    /// A person is suspended, or is back.
    Absent(u128, bool),
    /// The company is suspended, or is back.
    Suspended(bool),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum About {
    CallerHangsUp,
    Ringing,
    Answered,
    Ended(HangupCause),
    Unreachable,
    Key(char),
    NoKey,
    Played,
    Recorded,
    HangUp,
    Decline,
    Hold,
    Resume,
    EdgeLost,
}

fn targets() -> impl Strategy<Value = Target> {
    prop_oneof![
        (1..=PEOPLE).prop_map(|n| Target::Extension(extension(n))),
        (1..=2u128).prop_map(|n| Target::RingGroup(group(n))),
        (1..=2u128).prop_map(|n| Target::Queue(queue(n))),
        (1..=2u128).prop_map(|n| Target::Menu(menu(n))),
        Just(Target::Voicemail("que_x".to_owned())),
        Just(Target::External("+4940999".to_owned())),
        Just(Target::Announcement("sorry".to_owned())),
        Just(Target::Unassigned),
    ]
}

/// Any plan, loops and empty groups included: the directory refuses some of
/// them, the core must survive all.
pub(super) fn plans() -> impl Strategy<Value = Plan> {
    let strategies = select(vec![
        RingStrategy::Simultaneous,
        RingStrategy::Sequential,
        RingStrategy::Random,
        RingStrategy::RoundRobin,
        RingStrategy::LongestIdle,
    ]);
    let groups = vec((vec(1..=PEOPLE, 0..4), strategies, targets()), 2);
    let queues = vec(
        (
            targets(),
            0..3u32,
            any::<bool>(),
            select(vec![0u64, 30, 120]),
        ),
        2,
    );
    let menus = vec((targets(), targets(), targets(), 1..3u32), 2);
    (
        vec(targets(), NUMBERS.len()),
        vec((targets(), targets()), PEOPLE as usize),
        groups,
        queues,
        menus,
    )
        .prop_map(|(numbers, extensions, groups, queues, menus)| Plan {
            account: AccountId::from_uuid(uuid::Uuid::from_u128(1)),
            version: 1,
            time_zone: Tz::UTC,
            numbers: NUMBERS
                .iter()
                .map(|e164| (*e164).to_owned())
                .zip(numbers.into_iter().map(number))
                .collect(),
            extensions: (1..)
                .zip(extensions)
                .map(|(n, (busy_target, no_answer_target))| {
                    let ring_timeout = Duration::from_secs(20);
                    let devices = Vec::new();
                    (
                        extension(n),
                        Extension {
                            person: person(n),
                            devices,
                            ring_timeout,
                            busy_target,
                            no_answer_target,
                        },
                    )
                })
                .collect(),
            ring_groups: (1..)
                .zip(groups)
                .map(|(n, (mut members, strategy, no_answer_target))| {
                    members.sort_unstable();
                    members.dedup();
                    let members = members.into_iter().map(person).collect();
                    (
                        group(n),
                        RingGroup {
                            members,
                            strategy,
                            ring_timeout: Duration::from_secs(20),
                            no_answer_target,
                        },
                    )
                })
                .collect(),
            queues: (1..)
                .zip(queues)
                .map(|(n, (overflow, max_size, join_empty, max_wait))| {
                    let max_wait = Duration::from_secs(max_wait);
                    (
                        queue(n),
                        Queue {
                            max_size,
                            join_empty,
                            max_wait,
                            ..queue_settings(overflow)
                        },
                    )
                })
                .collect(),
            menus: (1..)
                .zip(menus)
                .map(|(n, (key, timeout_target, invalid_target, attempts))| {
                    (
                        menu(n),
                        Menu {
                            prompt: "menu".to_owned(),
                            keys: HashMap::from([('1', key)]),
                            key_timeout: Duration::from_secs(5),
                            attempts,
                            timeout_target,
                            invalid_target,
                            schedule: None,
                            closed_target: Target::Unassigned,
                        },
                    )
                })
                .collect(),
            schedules: HashMap::new(),
            suspended: false,
            absent: HashSet::new(),
        })
}

pub(super) fn actions() -> impl Strategy<Value = Vec<Action>> {
    let cause = select(vec![
        HangupCause::Normal,
        HangupCause::Declined,
        HangupCause::Busy,
        HangupCause::Failed,
    ]);
    let about = prop_oneof![
        2 => Just(About::CallerHangsUp),
        4 => Just(About::Ringing),
        8 => Just(About::Answered),
        3 => cause.prop_map(About::Ended),
        1 => Just(About::Unreachable),
        2 => select(vec!['1', '9']).prop_map(About::Key),
        1 => Just(About::NoKey),
        1 => Just(About::Played),
        1 => Just(About::Recorded),
        1 => Just(About::HangUp),
        1 => Just(About::Decline),
        1 => Just(About::Hold),
        1 => Just(About::Resume),
        1 => Just(About::EdgeLost),
    ];
    let weather = select(vec![
        Weather::Fair,
        Weather::Fair,
        Weather::CrashBefore,
        Weather::LoseReply,
    ]);
    let action = prop_oneof![
        3 => (0..NUMBERS.len()).prop_map(Action::Arrive),
        12 => (0..8usize, 0..6usize, about).prop_map(|(call, leg, about)| Action::About(call, leg, about)),
        3 => select(vec![10u64, 1_000, 4_000, 20_000, 130_000]).prop_map(Action::Advance),
        2 => Just(Action::Match),
        2 => weather.prop_map(Action::Weather),
        1 => (1..=PEOPLE, any::<bool>()).prop_map(|(person, absent)| Action::Absent(person, absent)),
        1 => prop::bool::weighted(0.2).prop_map(Action::Suspended),
    ];
    vec(action, 1..60)
}

pub(super) fn world(plan: Plan) -> World {
    let mut world = World::new(plan);
    world
        .floor
        .members
        .insert(queue(1), vec![person(1), person(2)]);
    // Nobody is logged in to some queues.
    if world
        .plan
        .queues
        .get(&queue(2))
        .is_some_and(|queue| queue.max_size > 0)
    {
        world
            .floor
            .members
            .insert(queue(2), vec![person(2), person(3), person(4)]);
    }
    world
}

fn act(world: &mut World, action: &Action) -> Result<(), String> {
    match action {
        Action::Arrive(n) => world.arrive(NUMBERS[*n]).map(drop),
        Action::Advance(millis) => world.advance(Duration::from_millis(*millis)),
        Action::Match => world.match_waiting(),
        Action::Absent(who, true) => {
            world.plan.absent.insert(person(*who));
            Ok(())
        }
        Action::Absent(who, false) => {
            world.plan.absent.remove(&person(*who));
            Ok(())
        }
        Action::Suspended(suspended) => {
            world.plan.suspended = *suspended;
            Ok(())
        }
        Action::Weather(weather) => {
            world.weather = *weather;
            Ok(())
        }
        Action::About(call, leg, about) => {
            // Mostly what lives, at times what is over.
            let live = world
                .calls
                .values()
                .filter(|call| !call.is_ended())
                .count()
                .max(1);
            let mut newest_live_first: Vec<_> = world.calls.values().rev().collect();
            newest_live_first.sort_by_key(|call| call.is_ended());
            let Some(call) = newest_live_first.get(call % (live + 1)) else {
                return Ok(());
            };
            let id = call.id;
            let mut live_first: Vec<_> = call.legs.iter().rev().collect();
            live_first.sort_by_key(|leg| leg.state == LegState::Ended);
            let live = live_first
                .iter()
                .filter(|leg| leg.state != LegState::Ended)
                .count()
                .max(1);
            let other = live_first.get(leg % (live + 1));
            let (other_leg, someone) = other.map_or((call.caller, person(1)), |leg| {
                (leg.id, leg.person.unwrap_or_else(|| person(1)))
            });
            let collect = match call.state {
                State::InMenu { collect, .. } => collect,
                _ => 0,
            };
            let input = match about {
                About::CallerHangsUp => Input::LegEnded {
                    leg: call.caller,
                    cause: HangupCause::Normal,
                },
                About::Ringing => Input::LegRinging(other_leg),
                About::Answered => Input::LegAnswered {
                    leg: other_leg,
                    device: None,
                },
                About::Ended(cause) => Input::LegEnded {
                    leg: other_leg,
                    cause: *cause,
                },
                About::Unreachable => Input::LegUnreachable(other_leg),
                About::Key(key) => Input::Digits {
                    collect,
                    digits: key.to_string(),
                },
                About::NoKey => Input::Digits {
                    collect,
                    digits: String::new(),
                },
                About::Played => Input::Played,
                About::Recorded => Input::Recorded {
                    location: "s3://v".to_owned(),
                    length_ms: 1_000,
                },
                About::HangUp => Input::HangUp,
                About::Decline => Input::Decline(someone),
                About::Hold => Input::Hold(someone),
                About::Resume => Input::Resume(someone),
                About::EdgeLost => Input::EdgeLost,
            };
            world.tell(id, input)
        }
    }
}

fn play(world: World, actions: &[Action]) -> Result<World, String> {
    let mut world = play_on(world, actions)?;
    world.heal()?;
    Ok(world)
}

/// Up to the middle of the story.
pub(super) fn play_on(mut world: World, actions: &[Action]) -> Result<World, String> {
    actions
        .iter()
        .try_for_each(|action| act(&mut world, action))?;
    Ok(world)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// One call a person, a timer for every call, a well-formed story, and in
    /// the end nobody stuck – whatever happens, in whatever weather.
    #[test]
    fn whatever_happens_the_floor_comes_to_rest(plan in plans(), actions in actions()) {
        let world = play(world(plan), &actions).map_err(TestCaseError::fail)?;
        for grammar in world.grammar.values() {
            prop_assert_eq!(grammar.queued, grammar.exits.values().sum::<u32>());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    /// Nobody does anything, and the caller never hangs up: the call ends all
    /// the same, within the budget.
    #[test]
    fn every_chain_ends_by_itself(plan in plans(), number in 0..NUMBERS.len()) {
        let mut world = world(plan);
        let call = world.arrive(NUMBERS[number]).map_err(TestCaseError::fail)?;
        world.advance(Duration::from_secs(5 * 3600)).map_err(TestCaseError::fail)?;
        prop_assert!(world.call(call).is_settled(), "{:?}", world.call(call));
    }
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    })
}

/// What the random worlds prove is worth no more than where they get to. Some ends are rare, so
/// it plays until it has seen all of them, or loses patience.
#[test]
fn the_random_worlds_reach_every_outcome_and_exit() {
    let outcomes = RefCell::new(HashSet::new());
    let exits = RefCell::new(HashSet::new());
    let offer_ends = RefCell::new(HashSet::new());
    let seen = || {
        let ends = offer_ends.borrow().len();
        (outcomes.borrow().len(), exits.borrow().len(), ends)
    };
    for _ in 0..40 {
        let played = runner(250).run(&(plans(), actions()), |(plan, actions)| {
            let world = play(world(plan), &actions).map_err(TestCaseError::fail)?;
            for event in world.events.values().flatten() {
                match event {
                    Event::Ended { outcome, .. } => drop(outcomes.borrow_mut().insert(*outcome)),
                    Event::LeftQueue { exit, .. } => drop(exits.borrow_mut().insert(*exit)),
                    Event::OfferEnded { end, .. } => drop(offer_ends.borrow_mut().insert(*end)),
                    _ => {}
                }
            }
            Ok(())
        });
        played.unwrap();
        if seen() == (7, 6, 6) {
            return;
        }
    }
    panic!("{outcomes:?} {exits:?} {offer_ends:?}");
}

/// The checker must be able to fail: a floor that forgets its locks.
#[test]
fn a_floor_that_grants_twice_is_caught() {
    let result = runner(5_000).run(&(plans(), actions()), |(plan, actions)| {
        let mut world = world(plan);
        world.floor.forgets_locks = true;
        play(world, &actions).map(drop).map_err(TestCaseError::fail)
    });
    let caught = result.map_err(|error| error.to_string());
    assert!(
        caught
            .as_ref()
            .is_err_and(|error| error.contains("talks in")),
        "{caught:?}"
    );
}

/// The checker must be able to fail: an offer that nobody closes.
#[test]
fn a_story_with_a_hole_is_caught() {
    let mut grammar = Grammar::default();
    let leg = LegId::from_uuid(uuid::Uuid::from_u128(9));
    let via = OfferSource::External;
    let arrived = Event::Arrived {
        from: String::new(),
        dialled: String::new(),
        number: NumberId::from_uuid(uuid::Uuid::from_u128(1)),
        edge: EdgeId::from_uuid(uuid::Uuid::from_u128(1)),
        leg,
    };
    grammar.read(&arrived).unwrap();
    grammar
        .read(&Event::Offered {
            leg,
            person: None,
            via,
            token: None,
        })
        .unwrap();
    let ended = Event::Ended {
        outcome: Outcome::Missed,
        by: None,
        person: None,
        via: None,
        talked: Duration::ZERO,
        held: Duration::ZERO,
    };
    assert!(grammar.read(&ended).is_err());
}
