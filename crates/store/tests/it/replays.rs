//! A repeated request has one effect and one answer.

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{TimeDelta, Utc};
use ids::AccountId;
use store::replay::{self, Attempt, ReplayError};
use store::{ConnectionTrait, Store, StoreError};
use testkit::Database;

use crate::rows::{self, number};

const METHOD: &str = "/strowger.directory.v1.QueueService/CreateQueue";

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the effect failed")]
    Effect,
    #[error(transparent)]
    Replay(#[from] ReplayError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

async fn database() -> (Database, Store) {
    let database = Database::migrated("store", &[replay::MIGRATION, rows::MIGRATION]).await;
    let store = database.store().await;
    (database, store)
}

fn attempt(account: AccountId, request_id: &str, request: &str) -> Attempt {
    let request_id = request_id.parse().unwrap();
    Attempt::new(account, "usr_1", METHOD, request_id, &request.to_owned())
}

/// Counts its effects; the answer says how many there were.
async fn create(store: &Store, attempt: &Attempt, effects: &AtomicU32) -> Result<u32, Failure> {
    store
        .transaction(|tx| async move {
            replay::once(&tx, attempt, async {
                let number = effects.fetch_add(1, Ordering::SeqCst) + 1;
                let insert = format!("INSERT INTO things (id, name) VALUES ({number}, '{number}')");
                tx.execute_unprepared(&insert)
                    .await
                    .map_err(StoreError::from)?;
                Ok(number)
            })
            .await
        })
        .await
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer() {
    let (_database, store) = database().await;
    let (effects, account) = (AtomicU32::new(0), AccountId::generate());
    let once = attempt(account, "one", "sales");

    assert_eq!(create(&store, &once, &effects).await.unwrap(), 1);
    assert_eq!(create(&store, &once, &effects).await.unwrap(), 1);

    let others = [
        attempt(account, "two", "sales"),
        attempt(AccountId::generate(), "one", "sales"),
        Attempt::new(
            account,
            "usr_2",
            METHOD,
            "one".parse().unwrap(),
            &"sales".to_owned(),
        ),
        Attempt::new(
            account,
            "usr_1",
            "/other",
            "one".parse().unwrap(),
            &"sales".to_owned(),
        ),
        Attempt::of_platform("usr_1", METHOD, "one".parse().unwrap(), &"sales".to_owned()),
    ];
    for (expected, other) in (2..).zip(&others) {
        assert_eq!(create(&store, other, &effects).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn the_same_id_with_another_request_is_refused() {
    let (_database, store) = database().await;
    let (effects, account) = (AtomicU32::new(0), AccountId::generate());
    create(&store, &attempt(account, "one", "sales"), &effects)
        .await
        .unwrap();

    let other = create(&store, &attempt(account, "one", "support"), &effects).await;

    let Err(Failure::Replay(error)) = other else {
        unreachable!("{other:?}");
    };
    let fault = fault::Fault::from(error);
    assert_eq!(fault.code(), fault::Code::AlreadyExists);
    assert_eq!(fault.reason(), replay::REQUEST_ID_REUSED);
}

#[tokio::test]
async fn many_at_once_have_one_effect() {
    let (_database, store) = database().await;
    let effects = std::sync::Arc::new(AtomicU32::new(0));
    let once = attempt(AccountId::generate(), "one", "sales");
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let (store, once, effects) = (store.clone(), once.clone(), effects.clone());
            tokio::spawn(async move { create(&store, &once, &effects).await.unwrap() })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), 1);
    }
    assert_eq!(effects.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_failed_effect_may_be_tried_again() {
    let (_database, store) = database().await;
    let once = &attempt(AccountId::generate(), "one", "sales");
    let failed: Result<u32, Failure> = store
        .transaction(
            |tx| async move { replay::once(&tx, once, async { Err(Failure::Effect) }).await },
        )
        .await;
    assert!(matches!(failed, Err(Failure::Effect)));
    assert_eq!(create(&store, once, &AtomicU32::new(0)).await.unwrap(), 1);
}

#[tokio::test]
async fn old_answers_are_forgotten_in_portions() {
    let (_database, store) = database().await;
    store
        .execute_unprepared(
            "INSERT INTO replay SELECT gen_random_uuid(), '', '', 'x', sha256(''), '', \
             now() - interval '2 days' FROM generate_series(1, 2500)",
        )
        .await
        .unwrap();
    create(
        &store,
        &attempt(AccountId::generate(), "new", ""),
        &AtomicU32::new(0),
    )
    .await
    .unwrap();

    #[expect(
        clippy::disallowed_methods,
        reason = "the rows carry the server's time"
    )]
    let yesterday = Utc::now() - TimeDelta::days(1);
    assert_eq!(replay::forget(&store, yesterday).await.unwrap(), 2500);
    assert_eq!(number(&store, "SELECT count(*) FROM replay").await, 1);
}
