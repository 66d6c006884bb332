//! Postgres gone: fail at once, recover alone.

use std::time::{Duration, Instant};

use store::{Config, ConnectionTrait, Store};
use testkit::{Database, eventually};

#[tokio::test]
async fn nobody_there_is_unavailable_within_the_acquire_timeout() {
    // Nothing listens on the discard port.
    let mut config = Config::at("postgres://nobody:nothing@127.0.0.1:9/none");
    config.acquire_timeout_ms = 200;
    let store = Store::connect(&config, "test").await.unwrap();
    let start = Instant::now();
    let gone = store.ping().await.unwrap_err();
    assert_eq!(gone.kind(), "unavailable");
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(fault::Fault::from(gone).code(), fault::Code::Unavailable);
}

#[tokio::test]
async fn killed_connections_are_replaced() {
    let database = Database::empty().await;
    let store = database.store().await;
    store.ping().await.unwrap();
    let killer = database.store().await;
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                WHERE datname = current_database() AND pid <> pg_backend_pid()";
    killer.execute_unprepared(kill).await.unwrap();
    eventually(
        Duration::from_secs(5),
        "the pool recovers",
        async || match store.ping().await {
            Ok(()) => Some(()),
            Err(error) => {
                assert_eq!(error.kind(), "unavailable");
                None
            }
        },
    )
    .await;
}

#[tokio::test]
async fn an_exhausted_pool_is_unavailable() {
    let database = Database::empty().await;
    let mut config = database.config();
    config.max_connections = 1;
    config.acquire_timeout_ms = 500;
    let store = &Store::connect(&config, "test").await.unwrap();
    eventually(
        Duration::from_secs(20),
        "the one connection is open",
        async || store.ping().await.ok(),
    )
    .await;
    store
        .transaction(|_tx| async {
            assert_eq!(store.ping().await.unwrap_err().kind(), "unavailable");
            Ok::<_, store::StoreError>(())
        })
        .await
        .unwrap();
}
