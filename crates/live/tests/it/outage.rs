use std::time::Duration;

use live::{
    Live, LiveError, Partition, Signal,
    event::{Follower, Offset},
};
use testkit::Wire;
use tokio::time::Instant;

use crate::setup;

async fn behind_a_wire() -> (Wire, Live) {
    let config = setup::config();
    let wire = Wire::to(&config.url).await;
    let live = Live::new(&live::Config {
        url: wire.url.clone(),
        ..config
    })
    .unwrap();
    (wire, live)
}

#[tokio::test]
async fn gone_is_said_at_once_and_back_works_at_once() {
    let (wire, live) = behind_a_wire().await;
    live.ping().await.unwrap();
    for round in 0..3 {
        wire.cut();
        for _ in 0..5 {
            let start = Instant::now();
            let error = live.ping().await.unwrap_err();
            assert!(matches!(error, LiveError::Unavailable(_)), "{error:?}");
            assert!(
                start.elapsed() < Duration::from_secs(1),
                "{:?}",
                start.elapsed()
            );
        }
        wire.mend();
        live.ping()
            .await
            .unwrap_or_else(|error| panic!("round {round}: {error:?}"));
    }
}

#[tokio::test]
async fn a_silent_redis_holds_nobody_up() {
    let (wire, live) = behind_a_wire().await;
    live.ping().await.unwrap();
    wire.silence();
    let start = Instant::now();
    let pings = (0..200).map(|_| live.ping());
    let answers = futures::future::join_all(pings).await;
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer, Err(LiveError::Unavailable(_))))
    );
    // The second round finds no connection and must not queue for attempts one by one.
    let pings = (0..200).map(|_| live.ping());
    let answers = futures::future::join_all(pings).await;
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer, Err(LiveError::Unavailable(_))))
    );
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
    wire.mend();
    live.ping().await.unwrap();
}

#[tokio::test]
async fn a_service_starts_without_redis() {
    let config = live::Config::at("redis://127.0.0.1:1");
    let live = Live::new(&config).unwrap();
    assert!(matches!(live.ping().await, Err(LiveError::Unavailable(_))));
}

#[tokio::test]
async fn subscriptions_and_followers_come_back() {
    let (wire, live) = behind_a_wire().await;
    let mut signals = live.subscribe("test:wake");
    assert_eq!(signals.next().await, Some(Signal::Listening));
    let channel = live.keys().key(setup::partition(), "test:wake");
    live.wake(&channel).await.unwrap();
    assert_eq!(
        signals.next().await,
        Some(Signal::Wake(setup::partition(), Vec::new()))
    );

    let mut follower = Follower::new(&live);
    let offsets: Vec<_> = Partition::all()
        .map(|partition| (partition, Offset::START))
        .collect();
    follower
        .read(&offsets, 10, Duration::from_millis(1))
        .await
        .unwrap();
    wire.cut();
    assert!(
        follower
            .read(&offsets, 10, Duration::from_millis(1))
            .await
            .is_err()
    );
    wire.mend();
    assert_eq!(signals.next().await, Some(Signal::Listening));
    follower
        .read(&offsets, 10, Duration::from_millis(1))
        .await
        .unwrap();
    live.wake(&channel).await.unwrap();
    assert_eq!(
        signals.next().await,
        Some(Signal::Wake(setup::partition(), Vec::new()))
    );
}
