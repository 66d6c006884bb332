use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use ids::ReplicaId;
use live::{
    Live, Partition,
    lease::{DEFAULT_TTL, Leases},
    timer::{Due, Fired, Running, Timers},
};

use crate::setup::{self, eventually};

/// Counts what fired, and how late.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<HashMap<String, Vec<TimeDelta>>>>);

impl Log {
    async fn add(&self, live: &Live, due: &Due) {
        let late = redis_now(live).await - due.at;
        self.0
            .lock()
            .unwrap()
            .entry(due.member.clone())
            .or_default()
            .push(late);
    }

    fn count(&self, member: &str) -> usize {
        self.0.lock().unwrap().get(member).map_or(0, Vec::len)
    }
}

async fn redis_now(live: &Live) -> DateTime<Utc> {
    let (seconds, micros): (i64, u32) = live.command("TIME").run().await.unwrap();
    DateTime::from_timestamp(seconds, micros * 1000).unwrap()
}

async fn armed(timers: &Timers, live: &Live) -> usize {
    live.command("ZCARD")
        .key(&timers.key(setup::partition()))
        .run()
        .await
        .unwrap()
}

/// Handles every timer as a transition does: removes it.
fn removing(live: &Live, timers: &Timers, leases: &Leases, log: &Log) -> Running {
    let (live, keys, log) = (live.clone(), timers.clone(), log.clone());
    timers.run(leases, move |due| {
        let (live, keys, log) = (live.clone(), keys.clone(), log.clone());
        async move {
            log.add(&live, &due).await;
            let key = keys.key(due.partition());
            let _: u64 = live
                .command("ZREM")
                .key(&key)
                .arg(&due.member)
                .run()
                .await
                .unwrap();
            Ok::<_, Infallible>(Fired::Handled)
        }
    })
}

async fn owner(live: &Live) -> Leases {
    let leases = Leases::start(live, "test", ReplicaId::generate(), DEFAULT_TTL);
    eventually("owns the partition", async || {
        leases.hold(setup::partition()).is_some()
    })
    .await;
    leases
}

#[tokio::test]
async fn timers_fire_once_and_on_time() {
    let live = setup::live();
    let (timers, log) = (Timers::new(&live, "test"), Log::default());
    let leases = owner(&live).await;
    let running = removing(&live, &timers, &leases, &log);
    let now = redis_now(&live).await;
    for index in 0..200 {
        let at = now + TimeDelta::milliseconds(index * 7);
        timers
            .arm(
                Partition::of_bytes(&index.to_be_bytes()),
                format!("t{index}"),
                at,
            )
            .await
            .unwrap();
    }
    eventually("all fired", async || log.0.lock().unwrap().len() == 200).await;
    running.stop().await;
    for (member, fired) in log.0.lock().unwrap().iter() {
        assert_eq!(fired.len(), 1, "{member} fired {} times", fired.len());
        assert!(
            fired[0] >= TimeDelta::zero() && fired[0] < TimeDelta::milliseconds(900),
            "{member}: {}",
            fired[0]
        );
    }
}

#[tokio::test]
async fn an_earlier_timer_wakes_the_sleeping_owner() {
    let live = setup::live();
    let (timers, log) = (Timers::new(&live, "test"), Log::default());
    let leases = owner(&live).await;
    let _running = removing(&live, &timers, &leases, &log);
    // Long enough for the owner to be asleep and the subscription to listen.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut worst = TimeDelta::zero();
    for index in 0..10 {
        let member = format!("t{index}");
        let at = redis_now(&live).await + TimeDelta::milliseconds(30);
        timers.arm(setup::partition(), &member, at).await.unwrap();
        eventually("fired", async || log.count(&member) == 1).await;
        worst = worst.max(log.0.lock().unwrap()[&member][0]);
    }
    assert!(
        worst < TimeDelta::milliseconds(400),
        "woken only by the safety look: {worst}"
    );
}

#[tokio::test]
async fn a_failed_timer_fires_again_and_a_stale_one_goes() {
    let live = setup::live();
    let (timers, log) = (Timers::new(&live, "test"), Log::default());
    let leases = owner(&live).await;
    let (seen, asked) = (log.clone(), live.clone());
    let _running = timers.run(&leases, move |due| {
        let (log, live) = (seen.clone(), asked.clone());
        async move {
            log.add(&live, &due).await;
            if log.count(&due.member) < 3 {
                Err("not yet")
            } else {
                Ok(Fired::Stale)
            }
        }
    });
    timers
        .arm(setup::partition(), "t", redis_now(&live).await)
        .await
        .unwrap();
    eventually("fired three times", async || log.count("t") == 3).await;
    eventually("removed", async || armed(&timers, &live).await == 0).await;
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(log.count("t"), 3);
}

#[tokio::test]
async fn a_transition_that_forgets_its_timer_is_no_busy_loop() {
    let live = setup::live();
    let (timers, log) = (Timers::new(&live, "test"), Log::default());
    let leases = owner(&live).await;
    let (seen, asked) = (log.clone(), live.clone());
    let _running = timers.run(&leases, move |due| {
        let (log, live) = (seen.clone(), asked.clone());
        async move {
            log.add(&live, &due).await;
            Ok::<_, Infallible>(Fired::Handled)
        }
    });
    timers
        .arm(setup::partition(), "t", redis_now(&live).await)
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert!(
        (2..=4).contains(&log.count("t")),
        "fired {} times",
        log.count("t")
    );
}

#[tokio::test]
async fn timers_of_a_dead_owner_fire_elsewhere() {
    let live = setup::live();
    let (timers, log) = (Timers::new(&live, "test"), Log::default());
    let leases = owner(&live).await;
    let running = removing(&live, &timers, &leases, &log);
    let at = redis_now(&live).await + TimeDelta::milliseconds(500);
    timers.arm(setup::partition(), "t", at).await.unwrap();
    drop((running, leases));
    let heirs_leases = Leases::start(&live, "test", ReplicaId::generate(), DEFAULT_TTL);
    let _heir = removing(&live, &timers, &heirs_leases, &log);
    eventually("fired", async || log.count("t") == 1).await;
    assert!(log.0.lock().unwrap()["t"][0] < TimeDelta::seconds(5));
}
