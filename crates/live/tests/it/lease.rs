use std::time::Duration;

use ids::ReplicaId;
use live::{Live, Partition, lease::Leases};
use tokio::time::Instant;

use crate::setup::{self, eventually};

const TTL: Duration = Duration::from_millis(600);

fn join(live: &Live) -> Leases {
    Leases::start(live, "test", ReplicaId::generate(), TTL)
}

fn owned(leases: &Leases) -> Vec<Partition> {
    Partition::all()
        .filter(|partition| leases.hold(*partition).is_some())
        .collect()
}

async fn owns(leases: &Leases, count: usize) {
    eventually(&format!("owns {count}"), async || {
        owned(leases).len() == count
    })
    .await;
}

#[tokio::test]
async fn replicas_share_fairly_and_take_over() {
    let live = setup::live();
    let first = join(&live);
    owns(&first, 64).await;
    let (second, third) = (join(&live), join(&live));
    eventually("all in thirds", async || {
        let mut counts = [&first, &second, &third].map(|leases| owned(leases).len());
        counts.sort_unstable();
        counts == [21, 21, 22]
    })
    .await;

    // One goes in good order, one dies.
    first.release().await;
    drop(second);
    let dead_at = Instant::now();
    owns(&third, 64).await;
    assert!(dead_at.elapsed() < TTL * 4, "{:?}", dead_at.elapsed());
    third.release().await;
    let left: Vec<String> = live
        .command("ZRANGE")
        .key(
            &live
                .keys()
                .key(Partition::from_index(0).unwrap(), "test:replicas"),
        )
        .arg(0)
        .arg(-1)
        .run()
        .await
        .unwrap();
    assert!(
        left.len() <= 1,
        "only the dead one may still be listed: {left:?}"
    );
}

#[tokio::test]
async fn nobody_ever_holds_what_another_holds() {
    let live = setup::live();
    let mut replicas = vec![join(&live), join(&live)];
    let end = Instant::now() + TTL * 6;
    let mut turn = 0;
    while Instant::now() < end {
        for partition in Partition::all() {
            let holders = replicas
                .iter()
                .filter(|leases| leases.hold(partition).is_some())
                .count();
            assert!(holders <= 1, "{holders} replicas hold {partition}");
        }
        turn += 1;
        if turn % 40 == 0 {
            replicas.push(join(&live));
            drop(replicas.remove(0));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn watchers_hear_of_every_change() {
    let live = setup::live();
    let first = join(&live);
    let watch = first.watch();
    let hears_of = async |count: usize| {
        let (mut watch, wait) = (watch.clone(), Duration::from_secs(10));
        let held = tokio::time::timeout(wait, watch.wait_for(|held| held.len() == count)).await;
        held.unwrap_or_else(|_| panic!("never heard of {count}"))
            .unwrap()
            .clone()
    };
    let all = hears_of(64).await;
    let second = join(&live);
    hears_of(32).await;
    let gone = all.iter().filter(|held| !held.is_valid()).count();
    assert_eq!(gone, 32);
    drop(second);
    hears_of(64).await;
}

#[tokio::test]
async fn a_redis_that_lost_everything_is_divided_again() {
    let live = setup::live();
    let leases = join(&live);
    owns(&leases, 64).await;
    let before = leases.hold(setup::partition()).unwrap();
    for partition in Partition::all() {
        let key = live.keys().key(partition, "test:lease");
        let _: u64 = live.command("DEL").key(&key).run().await.unwrap();
    }
    eventually("the old lease is over", async || !before.is_valid()).await;
    owns(&leases, 64).await;
    assert_ne!(
        leases.hold(setup::partition()).unwrap().token(),
        before.token()
    );
}

/// What SIGSTOP does to a replica, done to a runtime: none of its tasks runs for a while.
#[tokio::test]
async fn a_paused_owner_knows_that_it_is_over() {
    let config = setup::config();
    let live = Live::new(&config).unwrap();
    let paused_config = config.clone();
    let paused = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let live = Live::new(&paused_config).unwrap();
            let leases = join(&live);
            owns(&leases, 64).await;
            let held = leases.hold(setup::partition()).unwrap();
            assert!(held.is_valid());
            std::thread::sleep(TTL * 3);
            let could_act = held.is_valid();
            let key = held.key().clone();
            let stored: Option<String> = live.command("GET").key(&key).run().await.unwrap();
            (could_act, stored.as_deref() == Some(held.token()))
        })
    });
    // Joins only when the other has everything, and takes over while it is paused.
    let lease_key = live.keys().key(setup::partition(), "test:lease");
    eventually("the other owns it", async || {
        live.command("EXISTS")
            .key(&lease_key)
            .run::<bool>()
            .await
            .unwrap()
    })
    .await;
    let heir = join(&live);
    eventually("took over", async || {
        heir.hold(setup::partition()).is_some()
    })
    .await;
    assert_eq!(paused.join().unwrap(), (false, false));
}
