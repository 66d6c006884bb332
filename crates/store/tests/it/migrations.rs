//! Up, down, and several replicas at once.

use store::{ConnectionTrait, Migration, MigrationError};
use testkit::Database;

use crate::rows::{self, number};

const SECOND: Migration = Migration {
    name: "0002_add_colour",
    up: "ALTER TABLE things ADD COLUMN colour text; CREATE INDEX ON things (colour);",
    down: "ALTER TABLE things DROP COLUMN colour",
};
const BROKEN: Migration = Migration {
    name: "0003_break",
    up: "ALTER TABLE things ADD COLUMN half text; SELECT no_such_function();",
    down: "",
};
const BOTH: [Migration; 2] = [rows::MIGRATION, SECOND];

#[tokio::test]
async fn up_and_down_and_up_again() {
    let database = Database::empty().await;
    let store = database.store().await;
    assert_eq!(
        store.pending(&BOTH).await.unwrap(),
        ["0001_create_things", "0002_add_colour"]
    );

    assert_eq!(store.migrate(&BOTH).await.unwrap().len(), 2);
    assert!(store.migrate(&BOTH).await.unwrap().is_empty());
    assert!(store.pending(&BOTH).await.unwrap().is_empty());

    assert_eq!(
        store.migrate_down(&BOTH, 1).await.unwrap(),
        ["0002_add_colour"]
    );
    assert_eq!(store.pending(&BOTH).await.unwrap(), ["0002_add_colour"]);
    assert_eq!(
        store.migrate_down(&BOTH, 9).await.unwrap(),
        ["0001_create_things"]
    );
    assert_eq!(store.migrate(&BOTH).await.unwrap().len(), 2);
}

#[tokio::test]
async fn replicas_that_start_together_apply_each_step_once() {
    let database = Database::empty().await;
    let mut replicas = Vec::new();
    for _ in 0..8 {
        replicas.push(database.store().await);
    }
    let tasks: Vec<_> = replicas
        .into_iter()
        .map(|store| tokio::spawn(async move { store.migrate(&BOTH).await.unwrap().len() }))
        .collect();
    let mut applied = 0;
    for task in tasks {
        applied += task.await.unwrap();
    }
    assert_eq!(applied, 2);
}

#[tokio::test]
async fn a_failed_step_leaves_nothing_behind() {
    let database = Database::empty().await;
    let store = database.store().await;
    let failed = store.migrate(&[rows::MIGRATION, BROKEN]).await.unwrap_err();
    assert!(matches!(
        failed,
        MigrationError::Failed {
            name: "0003_break",
            ..
        }
    ));
    assert_eq!(store.pending(&BOTH).await.unwrap(), ["0002_add_colour"]);
    let half = "SELECT count(*) FROM information_schema.columns WHERE column_name = 'half'";
    assert_eq!(number(&store, half).await, 0);
}

#[tokio::test]
async fn an_edited_file_is_refused() {
    let database = Database::empty().await;
    let store = database.store().await;
    store.migrate(&BOTH).await.unwrap();
    let mut edited = BOTH;
    edited[1].up = "SELECT 1";
    let refused = store.migrate(&edited).await.unwrap_err();
    assert!(matches!(
        refused,
        MigrationError::Changed("0002_add_colour")
    ));
}

#[tokio::test]
async fn a_replica_of_the_version_before_starts_beside_a_newer_database() {
    let database = Database::empty().await;
    let store = database.store().await;
    store.migrate(&BOTH).await.unwrap();
    assert!(store.pending(&BOTH[..1]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_long_wait_for_another_replica_is_not_a_timeout() {
    let database = Database::empty().await;
    let mut config = database.config();
    config.statement_timeout_ms = 100;
    config.lock_timeout_ms = 50;
    let hasty = store::Store::connect(&config, "test").await.unwrap();
    let slow = Migration {
        name: "0001_slow",
        up: "SELECT pg_sleep(0.4); CREATE TABLE slow ();",
        down: "DROP TABLE slow",
    };
    let list = [slow];
    let (first, second) = tokio::join!(hasty.migrate(&list), hasty.migrate(&list));
    assert_eq!(first.unwrap().len() + second.unwrap().len(), 1);
    hasty.execute_unprepared("SELECT FROM slow").await.unwrap();
}
