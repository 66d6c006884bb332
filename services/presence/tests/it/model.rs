//! I10: the scripts are the reference model. Random operations run against both; after every one
//! the answer, every person, every index, every timer and every event must agree.
//!
//! `PROPTEST_CASES=1000` runs longer; `PROPTEST_SEED=<number>` runs other cases than always.

mod check;
mod on_model;
mod on_redis;
mod step;
mod world;

use std::collections::BTreeSet;

use presence::domain::{Cause, State};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};

use step::Step;
use world::World;

const STEPS: usize = 60;
const CASES: u32 = 48;

/// A change behind the scripts' back, to see that it is seen.
type Sabotage = for<'a> fn(&'a World, &'a Step) -> futures::future::BoxFuture<'a, ()>;

#[test]
fn scripts_and_model_agree() {
    let reached = Reached::default();
    explore(cases(), None, &reached).unwrap();
    let (causes, states) = reached.0.into_inner().unwrap();
    let missing: Vec<_> = ALL_CAUSES
        .iter()
        .filter(|cause| !causes.contains(cause))
        .collect();
    assert!(missing.is_empty(), "never happened: {missing:?}");
    assert_eq!(states.len(), 9, "{states:?}");
}

/// Planted bugs: each of them must be found, or the test above proves nothing.
mod planted {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn an_index_that_keeps_whoever_is_taken() {
        let found = explore(
            CASES,
            Some(|world, step| {
                async move {
                    if let Step::Reserve { queue, .. } = step {
                        world.put_everybody_into(world.queues[*queue]).await;
                    }
                }
                .boxed()
            }),
            &Reached::default(),
        );
        assert!(found.unwrap_err().contains("ready index"));
    }

    #[test]
    fn an_event_that_is_lost() {
        let found = explore(
            CASES,
            Some(|world, step| {
                async move {
                    if matches!(step, Step::Release { .. }) {
                        world.drop_last_event().await;
                    }
                }
                .boxed()
            }),
            &Reached::default(),
        );
        assert!(found.unwrap_err().contains("events"));
    }

    #[test]
    fn a_lock_that_is_let_go() {
        let found = explore(
            CASES,
            Some(|world, step| {
                async move {
                    if let Step::Answer { person, .. } = step {
                        world.unlock(world.people[*person]).await;
                    }
                }
                .boxed()
            }),
            &Reached::default(),
        );
        assert!(found.unwrap_err().contains("person"));
    }

    #[test]
    fn a_timer_that_nobody_armed() {
        let found = explore(
            CASES,
            Some(|world, _| async move { world.stop_timers().await }.boxed()),
            &Reached::default(),
        );
        assert!(found.unwrap_err().contains("timer"));
    }
}

/// What happened in any case, for the proof that everything did.
#[derive(Default)]
struct Reached(std::sync::Mutex<(BTreeSet<Cause>, std::collections::HashSet<State>)>);

const ALL_CAUSES: [Cause; 15] = [
    Cause::Connected,
    Cause::Disconnected,
    Cause::ModeSet,
    Cause::ModeEnded,
    Cause::Offered,
    Cause::Answered,
    Cause::Declined,
    Cause::Missed,
    Cause::Withdrawn,
    Cause::Released,
    Cause::WrapUpEnded,
    Cause::LockExpired,
    Cause::NotResponding,
    Cause::Returned,
    Cause::Membership,
];

fn explore(cases: u32, sabotage: Option<Sabotage>, reached: &Reached) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    // A failure is shrunk step by step: the shortest story that still fails is what one reads. A
    // planted one is not read.
    let max_shrink_iters = if sabotage.is_some() { 0 } else { 300 };
    let config = Config {
        cases,
        max_shrink_iters,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, rng());
    let stories = (
        any::<world::Setting>(),
        prop::collection::vec(any::<Step>(), 1..STEPS),
    );
    let explored = runner.run(&stories, |(setting, steps)| {
        runtime.block_on(async {
            let mut world = World::new(&setting).await;
            for step in &steps {
                world.take(step).await.map_err(TestCaseError::fail)?;
                if let Some(sabotage) = sabotage {
                    sabotage(&world, step).await;
                }
                world.compare().await.map_err(TestCaseError::fail)?;
            }
            world.leave().await;
            let mut reached = reached.0.lock().unwrap();
            reached
                .0
                .extend(world.floor.events.iter().map(|event| event.cause));
            reached
                .1
                .extend(world.floor.events.iter().map(|event| event.state));
            Ok(())
        })
    });
    explored.map_err(|failure| failure.to_string())
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(CASES)
}

/// The same cases each time, unless asked otherwise: a red build can be repeated.
fn rng() -> TestRng {
    let seed: u64 = std::env::var("PROPTEST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(7);
    println!("PROPTEST_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}
