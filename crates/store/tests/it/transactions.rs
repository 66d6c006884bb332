//! Commit, roll back, try again, and the class of every error.

use std::sync::atomic::{AtomicU32, Ordering};

use store::{ConnectionTrait, Scope, Store, StoreError};
use testkit::Database;
use tokio::sync::Barrier;

use crate::rows::{self, number, sql};

async fn things() -> (Database, Store) {
    let database = Database::migrated("store", &[rows::MIGRATION]).await;
    let store = database.store().await;
    (database, store)
}

/// A service's own error, as `transaction` meets it.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the rule says no")]
    Rule,
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[tokio::test]
async fn what_returns_ok_is_kept_and_what_fails_is_not() {
    let (_database, store) = things().await;
    let insert = "INSERT INTO things (id, name) VALUES (1, 'a')";

    let refused = store
        .transaction(|tx| async move {
            tx.execute_unprepared(insert)
                .await
                .map_err(StoreError::from)?;
            Err::<(), _>(Failure::Rule)
        })
        .await;
    assert!(matches!(refused, Err(Failure::Rule)));
    assert_eq!(number(&store, "SELECT count(*) FROM things").await, 0);

    store
        .transaction(|tx| async move {
            tx.execute_unprepared(insert).await?;
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    assert_eq!(number(&store, "SELECT count(*) FROM things").await, 1);
}

#[tokio::test]
async fn a_transaction_can_be_spawned() {
    let (_database, store) = things().await;
    let name = String::from("borrowed");
    let task = tokio::spawn(async move {
        let name = name.as_str();
        store
            .transaction(|tx| async move {
                tx.execute_raw(sql(
                    "INSERT INTO things (id, name) VALUES (1, $1)",
                    [name.into()],
                ))
                .await?;
                Ok::<_, StoreError>(name.len())
            })
            .await
    });
    assert_eq!(task.await.unwrap().unwrap(), 8);
}

#[tokio::test]
async fn a_deadlock_is_tried_again_until_both_are_through() {
    let (_database, store) = things().await;
    store
        .execute_unprepared("INSERT INTO things (id, name) VALUES (1, 'a'), (2, 'b')")
        .await
        .unwrap();
    let (meet, attempts) = (Barrier::new(2), AtomicU32::new(0));

    let (meet, attempts) = (&meet, &attempts);
    let swap = async |first: i64, second: i64| {
        let met = &AtomicU32::new(0);
        store
            .transaction(|tx| async move {
                attempts.fetch_add(1, Ordering::Relaxed);
                let grow = "UPDATE things SET size = size + 1 WHERE id = $1";
                tx.execute_raw(sql(grow, [first.into()]))
                    .await
                    .map_err(StoreError::from)?;
                // The first attempts meet half-way, which is a sure deadlock.
                if met.fetch_add(1, Ordering::Relaxed) == 0 {
                    meet.wait().await;
                }
                tx.execute_raw(sql(grow, [second.into()]))
                    .await
                    .map_err(StoreError::from)?;
                Ok::<_, Failure>(())
            })
            .await
    };
    let (left, right) = tokio::join!(swap(1, 2), swap(2, 1));

    left.unwrap();
    right.unwrap();
    assert!(
        attempts.load(Ordering::Relaxed) > 2,
        "nobody was tried again"
    );
    assert_eq!(
        number(&store, "SELECT sum(size)::bigint FROM things").await,
        4
    );
}

#[tokio::test]
async fn serializable_transactions_keep_a_sum_right() {
    let (_database, store) = things().await;
    let add = async |id: i64| {
        store
            .transact(Scope::platform().serializable(), |tx| async move {
                // A rule over all rows: never more than one.
                if number(&tx, "SELECT count(*) FROM things").await > 0 {
                    return Err(Failure::Rule);
                }
                let insert = "INSERT INTO things (id, name) VALUES ($1, $2)";
                tx.execute_raw(sql(insert, [id.into(), id.to_string().into()]))
                    .await
                    .map_err(StoreError::from)?;
                Ok(())
            })
            .await
    };
    let (left, right) = tokio::join!(add(1), add(2));
    assert_eq!(u32::from(left.is_ok()) + u32::from(right.is_ok()), 1);
    assert_eq!(number(&store, "SELECT count(*) FROM things").await, 1);
}

#[tokio::test]
async fn errors_are_sorted_with_the_name_of_the_constraint() {
    let (_database, store) = things().await;
    let run =
        async |text: &str| StoreError::from(store.execute_unprepared(text).await.unwrap_err());
    store
        .execute_unprepared("INSERT INTO things (id, name) VALUES (1, 'a')")
        .await
        .unwrap();

    let unique = run("INSERT INTO things (id, name) VALUES (2, 'a')").await;
    assert!(unique.violates("things_name_key"), "{unique}");
    let orphan = run("INSERT INTO things (id, name, parent) VALUES (2, 'b', 9)").await;
    assert!(orphan.violates("things_parent_fkey"), "{orphan}");
    let check = run("INSERT INTO things (id, name, size) VALUES (2, 'b', -1)").await;
    assert_eq!(check.kind(), "defect");
    assert_eq!(run("SELEC 1").await.kind(), "defect");
}

#[tokio::test]
async fn slow_statements_and_slow_locks_end() {
    let (database, store) = things().await;
    let mut config = database.config();
    config.statement_timeout_ms = 50;
    let hasty = Store::connect(&config, "test").await.unwrap();
    let slow = hasty
        .execute_unprepared("SELECT pg_sleep(5)")
        .await
        .unwrap_err();
    assert_eq!(StoreError::from(slow).kind(), "timeout");

    config.statement_timeout_ms = 5_000;
    config.lock_timeout_ms = 50;
    let hasty = &Store::connect(&config, "test").await.unwrap();
    store
        .transaction(|tx| async move {
            tx.execute_unprepared("LOCK TABLE things").await?;
            let waits = hasty
                .execute_unprepared("SELECT * FROM things")
                .await
                .unwrap_err();
            assert_eq!(StoreError::from(waits).kind(), "timeout");
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
}
