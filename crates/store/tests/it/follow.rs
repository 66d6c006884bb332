//! Events of others take effect once, whoever follows, and however often they are read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use chrono::DateTime;
use ids::{AccountId, EventId};
use live::event::{self, Envelope};
use live::{Live, Partition};
use sea_orm::{DbBackend, Statement};
use store::follow::{self, Effect, Follow};
use store::{ConnectionTrait, Migration, Store, StoreError, Transaction};
use testkit::{Backends, Database, eventually};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::rows::number;

const WANTED: &str = "strowger.test.v1.Wanted";
const SOON: Duration = Duration::from_secs(60);

/// No key: an effect that happened twice is two rows.
const EFFECTS: Migration = Migration {
    name: "0001_effects",
    up: "CREATE TABLE effects (event_id uuid NOT NULL, account_id text NOT NULL)",
    down: "DROP TABLE effects",
};

struct Bench {
    _database: Database,
    store: Store,
    live: Live,
    stop: CancellationToken,
}

/// Writes a row an event, and fails on purpose.
struct Rows {
    /// Every attempt so far.
    attempts: Arc<AtomicUsize>,
    /// The attempts whose number this divides fail after their write.
    fails_each: usize,
    /// While set, this account's events fail.
    refuses: Option<(AccountId, Arc<AtomicBool>)>,
}

impl Rows {
    fn failing_each(fails_each: usize) -> Self {
        Self {
            attempts: Arc::default(),
            fails_each,
            refuses: None,
        }
    }
}

impl Effect for Rows {
    type Error = StoreError;

    fn concerns(&self, event: &Envelope) -> bool {
        event.kind == WANTED
    }

    async fn apply(&self, tx: Transaction, event: &Envelope) -> Result<(), StoreError> {
        let row = "INSERT INTO effects VALUES ($1, current_setting('app.account_id'))";
        let row =
            Statement::from_sql_and_values(DbBackend::Postgres, row, [event.id.uuid().into()]);
        tx.execute_raw(row).await?;
        let attempt = self.attempts.fetch_add(1, Ordering::Relaxed) + 1;
        let refused = self
            .refuses
            .as_ref()
            .is_some_and(|(account, on)| *account == event.account && on.load(Ordering::Relaxed));
        if attempt.is_multiple_of(self.fails_each) || refused {
            return Err(StoreError::NotFound);
        }
        Ok(())
    }
}

impl Bench {
    async fn new() -> Self {
        let database = Database::migrated("store", &[follow::MIGRATION, EFFECTS]).await;
        Self {
            store: database.store().await,
            live: Backends::get().live(),
            stop: CancellationToken::new(),
            _database: database,
        }
    }

    /// One more replica.
    fn follow(&self, effect: Rows) -> JoinHandle<()> {
        let follow = Follow::new(&self.store, &self.live, "test", effect);
        tokio::spawn(follow.run(self.stop.clone()))
    }

    async fn happen(&self, account: AccountId, kind: &str, count: u64) {
        let events: Vec<_> = (1..=count)
            .map(|seq| envelope(account, kind, seq))
            .collect();
        event::append(&self.live, "test", &events).await.unwrap();
    }

    async fn effects(&self, column: &str) -> i64 {
        let count = format!("SELECT count({column}) FROM effects");
        number(&self.store, &count).await
    }

    async fn all(&self, expected: i64) {
        eventually(SOON, "every event takes effect", async || {
            (self.effects("DISTINCT event_id").await == expected).then_some(())
        })
        .await;
        assert_eq!(self.effects("*").await, expected, "none twice");
    }

    async fn end(self, replicas: Vec<JoinHandle<()>>) {
        self.stop.cancel();
        for replica in replicas {
            replica.await.unwrap();
        }
    }
}

fn envelope(account: AccountId, kind: &str, seq: u64) -> Envelope {
    Envelope {
        id: EventId::generate(),
        account,
        subject: "usr_x".to_owned(),
        seq,
        at: DateTime::UNIX_EPOCH,
        actor: String::new(),
        kind: kind.to_owned(),
        traceparent: String::new(),
        body: Vec::new().into(),
    }
}

#[tokio::test]
async fn once_each_with_several_replicas_that_fail_now_and_then() {
    let bench = Bench::new().await;
    let accounts: Vec<_> = (0..5).map(|_| AccountId::generate()).collect();
    for account in &accounts {
        bench.happen(*account, WANTED, 20).await;
        bench.happen(*account, "strowger.test.v1.Other", 20).await;
    }
    let mut replicas = Vec::new();
    for fails_each in [11, 13, 17] {
        replicas.push(bench.follow(Rows::failing_each(fails_each)));
    }
    for account in &accounts {
        bench.happen(*account, WANTED, 20).await;
    }
    bench.all(200).await;
    let of = "SELECT count(DISTINCT account_id) FROM effects";
    assert_eq!(number(&bench.store, of).await, 5, "each in its account");
    bench.end(replicas).await;
}

#[tokio::test]
async fn an_event_that_cannot_be_now_keeps_nobody_elses_waiting() {
    let bench = Bench::new().await;
    let stuck = AccountId::generate();
    let other = std::iter::repeat_with(AccountId::generate)
        .find(|other| Partition::of(*other) != Partition::of(stuck))
        .unwrap();
    let refused = Arc::new(AtomicBool::new(true));
    let effect = Rows {
        refuses: Some((stuck, refused.clone())),
        ..Rows::failing_each(usize::MAX)
    };
    let replica = bench.follow(effect);
    bench.happen(stuck, WANTED, 3).await;
    bench.happen(other, WANTED, 3).await;
    bench.all(3).await;
    refused.store(false, Ordering::Relaxed);
    bench.all(6).await;
    bench.end(vec![replica]).await;
}

#[tokio::test]
async fn nobody_trims_what_is_ahead_of_a_follower() {
    let bench = Bench::new().await;
    let account = AccountId::generate();
    let partition = Partition::of(account);
    let replica = bench.follow(Rows::failing_each(usize::MAX));
    let seen = async || {
        let registered = event::registered(&bench.live, partition).await.unwrap();
        registered.get("test").map(|offset| offset.unwrap())
    };
    let first = eventually(SOON, "the follower registers", seen).await;
    assert_eq!(first, event::Offset::START, "before it has read anything");
    // Passed over, not followed: that counts as seen too.
    bench.happen(account, "strowger.test.v1.Other", 3).await;
    eventually(SOON, "it says how far it is", async || {
        seen().await.filter(|offset| *offset > first)
    })
    .await;
    bench.end(vec![replica]).await;
}
