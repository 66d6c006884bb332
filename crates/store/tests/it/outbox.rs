//! A change and its event are one, and the event arrives once and in order.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use ids::{AccountId, QueueId};
use live::event::{Envelope, Follower, Offset};
use live::{Live, Partition};
use store::outbox::{self, Event, Relay};
use store::{ConnectionTrait, Store, StoreError};
use testkit::{Backends, Database, eventually};
use tokio_util::sync::CancellationToken;

use crate::rows::number;

const KIND: &str = "google.protobuf.Duration";

struct Bench {
    _database: Database,
    store: Store,
    live: Live,
    account: AccountId,
    stop: CancellationToken,
}

impl Bench {
    async fn new() -> Self {
        let database = Database::migrated("store", &[outbox::MIGRATION]).await;
        Self {
            store: database.store().await,
            live: Backends::get().live(),
            account: AccountId::generate(),
            stop: CancellationToken::new(),
            _database: database,
        }
    }

    /// One more replica's relay.
    fn relay(&self) -> tokio::task::JoinHandle<()> {
        tokio::spawn(Relay::new(&self.store, &self.live, "test").run(self.stop.clone()))
    }

    fn event(&self, subject: QueueId, seconds: i64) -> Event {
        let body = prost_types::Duration { seconds, nanos: 0 };
        Event::new(self.account, subject, KIND, &body).by("usr_1")
    }

    async fn write(&self, subject: QueueId, seconds: i64) -> u64 {
        self.store
            .transaction(
                |tx| async move { outbox::insert(&tx, self.event(subject, seconds)).await },
            )
            .await
            .unwrap()
    }

    /// The first `count` events of the account.
    async fn read(&self, count: usize) -> Vec<Envelope> {
        let mut follower = Follower::new(&self.live);
        let (partition, mut offset) = (Partition::of(self.account), Offset::START);
        let mut events = Vec::new();
        let deadline = Instant::now() + Duration::from_secs(10);
        while events.len() < count {
            assert!(
                Instant::now() < deadline,
                "{} of {count} events",
                events.len()
            );
            let wait = Duration::from_millis(100);
            for entry in follower
                .read(&[(partition, offset)], 1_000, wait)
                .await
                .unwrap()
            {
                offset = entry.offset;
                events.push(entry.event.unwrap());
            }
        }
        events
    }

    async fn waiting(&self) -> i64 {
        number(&self.store, "SELECT count(*) FROM outbox").await
    }

    async fn emptied(&self) {
        eventually(Duration::from_secs(10), "the outbox is empty", async || {
            (self.waiting().await == 0).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn an_event_arrives_with_all_it_was_given() {
    let bench = Bench::new().await;
    let queue = QueueId::generate();
    assert_eq!(bench.write(queue, 7).await, 1);
    bench.relay();

    let events = bench.read(1).await;

    let event = &events[0];
    assert_eq!((event.account, event.seq), (bench.account, 1));
    assert_eq!(
        (event.subject.as_str(), event.actor.as_str()),
        (&*queue.to_string(), "usr_1")
    );
    assert_eq!((event.kind.as_str(), &event.body[..]), (KIND, &[8, 7][..]));
    bench.emptied().await;
}

#[tokio::test]
async fn a_woken_relay_takes_milliseconds() {
    let bench = Bench::new().await;
    bench.relay();
    bench.write(QueueId::generate(), 0).await;
    bench.read(1).await;

    let mut follower = Follower::new(&bench.live);
    let start = [(Partition::of(bench.account), Offset::START)];
    let after = follower
        .read(&start, 10, Duration::from_millis(1))
        .await
        .unwrap()[0]
        .offset;
    let mut waits = Vec::new();
    let mut offset = after;
    for seconds in 1..=20 {
        bench.write(QueueId::generate(), seconds).await;
        let committed = Instant::now();
        let from = [(Partition::of(bench.account), offset)];
        let entries = follower
            .read(&from, 10, Duration::from_secs(5))
            .await
            .unwrap();
        waits.push(committed.elapsed());
        offset = entries.last().unwrap().offset;
    }
    waits.sort();
    assert!(
        waits[10] < Duration::from_millis(200),
        "median {:?}",
        waits[10]
    );
}

#[tokio::test]
async fn a_rolled_back_change_has_no_event_and_leaves_no_gap() {
    let bench = &Bench::new().await;
    let queue = QueueId::generate();
    bench.write(queue, 1).await;
    let undone: Result<(), StoreError> = bench
        .store
        .transaction(|tx| async move {
            outbox::insert(&tx, bench.event(queue, 2)).await?;
            Err(StoreError::NotFound)
        })
        .await;
    assert!(undone.is_err());
    assert_eq!(bench.write(queue, 3).await, 2);
}

#[tokio::test]
async fn three_relays_and_many_writers_keep_each_subject_in_order() {
    let bench = Bench::new().await;
    let queues: Vec<_> = (0..5).map(|_| QueueId::generate()).collect();
    for _ in 0..3 {
        bench.relay();
    }
    let writer = async || {
        for round in 0..50 {
            bench.write(queues[round % queues.len()], 0).await;
        }
    };
    let (.., events) = tokio::join!(writer(), writer(), writer(), writer(), bench.read(200));

    let mut last: HashMap<&str, u64> = HashMap::new();
    for event in &events {
        let last = last.entry(&event.subject).or_default();
        assert_eq!(event.seq, *last + 1, "{} is out of order", event.subject);
        *last = event.seq;
    }
    assert_eq!(last.values().sum::<u64>(), 200);
    bench.emptied().await;
}

#[tokio::test]
async fn a_batch_that_was_appended_but_not_deleted_arrives_once() {
    let bench = Bench::new().await;
    bench.write(QueueId::generate(), 1).await;
    // What a relay leaves that dies between the two: the row is still there.
    bench
        .store
        .execute_unprepared("CREATE TABLE kept AS SELECT * FROM outbox")
        .await
        .unwrap();
    let relay = bench.relay();
    bench.read(1).await;
    bench.emptied().await;
    bench
        .store
        .execute_unprepared("INSERT INTO outbox OVERRIDING SYSTEM VALUE SELECT * FROM kept")
        .await
        .unwrap();
    bench.emptied().await;
    bench.stop.cancel();
    relay.await.unwrap();

    let length = live::event::length(&bench.live, Partition::of(bench.account))
        .await
        .unwrap();
    assert_eq!(length, 1);
}

#[tokio::test]
async fn events_wait_while_redis_is_gone() {
    let bench = Bench::new().await;
    // Nothing listens on the discard port.
    let gone = Live::new(&live::Config::at("redis://127.0.0.1:9")).unwrap();
    let stop = CancellationToken::new();
    let stuck = tokio::spawn(Relay::new(&bench.store, &gone, "test").run(stop.clone()));
    bench.write(QueueId::generate(), 1).await;
    bench.write(QueueId::generate(), 2).await;
    stop.cancel();
    stuck.await.unwrap();
    assert_eq!(bench.waiting().await, 2);

    bench.relay();
    assert_eq!(bench.read(2).await.len(), 2);
}

#[tokio::test]
async fn a_stopping_relay_takes_the_last_events_along() {
    let bench = Bench::new().await;
    let relay = bench.relay();
    bench.stop.cancel();
    bench.write(QueueId::generate(), 1).await;
    relay.await.unwrap();
    bench.relay().await.unwrap();
    assert_eq!(bench.waiting().await, 0);
}
