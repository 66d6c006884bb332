//! People are suspended and a company is, while calls are under way. Presence knows nothing of it
//! here: what it still grants for an older plan must ring nobody.

use proptest::prelude::*;

use super::{super::*, properties::*, stories::*};

#[test]
fn whoever_is_suspended_stops_ringing_and_the_queue_finds_somebody_else() {
    let mut world = company();
    let call = world.arrive(SUPPORT).unwrap();
    assert_eq!(world.rung(call), [person(1)]);
    world.plan.absent.insert(person(1));
    // Presence still has the older plan, and would hold her again.
    seconds(&mut world, 3);
    assert_eq!(world.rung(call), [person(2)]);
    let ended = world.events[&call]
        .iter()
        .find(|event| matches!(event, Event::OfferEnded { .. }));
    assert!(
        matches!(ended, Some(Event::OfferEnded { end: OfferEnd::Withdrawn, rang, .. })
            if rang.as_secs() == 3),
        "{ended:?}"
    );
    answer(&mut world, call, person(2));
    caller_hangs_up(&mut world, call);
    world.heal().unwrap();
}

#[test]
fn a_queue_waits_when_only_somebody_suspended_is_free() {
    let mut world = company();
    world.floor.members.insert(queue(1), vec![person(1)]);
    world.plan.absent.insert(person(1));
    let call = world.arrive(SUPPORT).unwrap();
    assert!(world.rung(call).is_empty());
    assert!(matches!(world.call(call).state, State::Queued { .. }));
    world.plan.absent.clear();
    seconds(&mut world, 5);
    assert_eq!(world.rung(call), [person(1)]);
    caller_hangs_up(&mut world, call);
    world.heal().unwrap();
}

#[test]
fn a_suspended_persons_number_goes_where_it_goes_when_nobody_answers() {
    let mut world = company();
    let ringing = world.arrive(ANNA_DIRECT).unwrap();
    world.plan.absent.insert(person(1));
    let new = world.arrive(ANNA_DIRECT).unwrap();
    seconds(&mut world, 3);
    for call in [ringing, new] {
        assert!(world.rung(call).is_empty());
        let owner = extension(1).to_string();
        assert!(
            matches!(&world.call(call).state, State::InVoicemail { owner: of, .. } if *of == owner)
        );
    }
    let group = world.arrive(SALES).unwrap();
    assert_eq!(world.rung(group), [person(2), person(3)]);
}

#[test]
fn a_call_outlives_the_suspension_of_whoever_talks() {
    let mut world = company();
    let call = world.arrive(SUPPORT).unwrap();
    answer(&mut world, call, person(1));
    world.plan.absent.insert(person(1));
    seconds(&mut world, 600);
    assert!(matches!(world.call(call).state, State::Connected { .. }));
    caller_hangs_up(&mut world, call);
    assert_eq!(outcome(&world, call), Some(Outcome::Answered));
    world.heal().unwrap();
}

#[test]
fn a_suspended_company_takes_no_call_and_finishes_those_it_has() {
    let mut world = company();
    let (talk, rings) = (
        world.arrive(SUPPORT).unwrap(),
        world.arrive(SUPPORT).unwrap(),
    );
    answer(&mut world, talk, person(1));
    let waits = world.arrive(SUPPORT).unwrap();
    world.plan.suspended = true;
    let new: Vec<_> = [SUPPORT, SALES, ANNA_DIRECT, RECEPTION]
        .map(|number| world.arrive(number).unwrap())
        .into();
    seconds(&mut world, 9);
    for call in new.into_iter().chain([rings, waits]) {
        let state = &world.call(call).state;
        let rejected = matches!(
            state,
            State::Announcing {
                outcome: Outcome::Rejected,
                ..
            }
        );
        assert!(rejected, "{state:?}");
        world.tell(call, Input::Played).unwrap();
        assert_eq!(outcome(&world, call), Some(Outcome::Rejected));
    }
    assert!(matches!(world.call(talk).state, State::Connected { .. }));
    caller_hangs_up(&mut world, talk);
    assert_eq!(outcome(&world, talk), Some(Outcome::Answered));
    world.plan.suspended = false;
    let again = world.arrive(SALES).unwrap();
    assert!(world.rung(again).contains(&person(3)), "as before");
    world.heal().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whatever happened before, three seconds after a plan is there nobody rings whom it does not
    /// reach, and what rings nobody goes on.
    #[test]
    fn nobody_absent_rings_for_long(
        plan in plans(), actions in actions(), absent in 1..=4u128, suspended in any::<bool>(),
    ) {
        let mut world = play_on(world(plan), &actions).map_err(TestCaseError::fail)?;
        world.plan.absent.insert(person(absent));
        world.plan.suspended = suspended;
        world.advance(core::time::Duration::from_secs(3)).map_err(TestCaseError::fail)?;
        for call in world.calls.values() {
            let State::Ringing(ringing) = &call.state else {
                continue;
            };
            for leg in &call.legs {
                let rings = matches!(leg.state, LegState::Offered | LegState::Ringing);
                let judged = ringing.answering == Some(leg.id);
                let reached = leg.person.is_none_or(|person| world.plan.reaches(person));
                prop_assert!(!rings || judged || reached, "{:?}", call);
            }
        }
        world.heal().map_err(TestCaseError::fail)?;
    }
}
