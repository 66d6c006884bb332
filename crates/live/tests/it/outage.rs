use std::time::Duration;

use live::{
    Live, LiveError, Partition, Signal,
    event::{Follower, Offset},
};
use tokio::time::Instant;

use crate::{
    proxy::{Proxy, Way},
    setup,
};

async fn behind_a_proxy() -> (Proxy, Live) {
    let config = setup::config();
    let proxy = Proxy::to(&config.url).await;
    let live = Live::new(&live::Config {
        url: proxy.url.clone(),
        ..config
    })
    .unwrap();
    (proxy, live)
}

#[tokio::test]
async fn gone_is_said_at_once_and_back_works_at_once() {
    let (proxy, live) = behind_a_proxy().await;
    live.ping().await.unwrap();
    for round in 0..3 {
        proxy.set(Way::Cut);
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
        proxy.set(Way::Open);
        live.ping()
            .await
            .unwrap_or_else(|error| panic!("round {round}: {error:?}"));
    }
}

#[tokio::test]
async fn a_silent_redis_holds_nobody_up() {
    let (proxy, live) = behind_a_proxy().await;
    live.ping().await.unwrap();
    proxy.set(Way::Silent);
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
    proxy.set(Way::Open);
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
    let (proxy, live) = behind_a_proxy().await;
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
    proxy.set(Way::Cut);
    assert!(
        follower
            .read(&offsets, 10, Duration::from_millis(1))
            .await
            .is_err()
    );
    proxy.set(Way::Open);
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
