//! What a trace shows of Postgres.

use store::{ConnectionTrait, StoreError};
use testkit::{Database, Logs};
use tracing::Instrument;

use crate::rows::{self, sql};

#[tokio::test]
async fn every_statement_of_a_request_is_a_client_span() {
    let database = Database::migrated("store", &[rows::MIGRATION]).await;
    let store = database.store().await;
    let insert = "INSERT INTO things (id, name) VALUES (1, $1)";
    let add = || {
        store.transaction(|tx| async move {
            tx.execute_raw(sql(insert, ["top secret".into()])).await?;
            Ok::<_, StoreError>(())
        })
    };

    let logs = Logs::capture();
    add()
        .instrument(tracing::info_span!("request"))
        .await
        .unwrap();
    add()
        .instrument(tracing::info_span!("request"))
        .await
        .unwrap_err();
    let text = logs.text();

    let spans: Vec<_> = text
        .lines()
        .filter(|line| line.contains("otel.name=INSERT things"))
        .collect();
    let [first, second] = spans[..] else {
        unreachable!("{text}");
    };
    for field in [
        "request:postgres",
        "otel.kind=\"client\"",
        "db.system.name=\"postgresql\"",
        insert,
    ] {
        assert!(first.contains(field), "{field} is not in {first}");
    }
    assert!(
        second.contains("otel.status_code=\"ERROR\"") && second.contains("error.type=\"unique\""),
        "{second}"
    );
    assert!(!text.contains("top secret"), "values stay out of traces");
}

#[tokio::test]
async fn a_poll_is_no_trace() {
    let database = Database::empty().await;
    let store = database.store().await;
    let logs = Logs::capture();
    store.ping().await.unwrap();
    assert!(!logs.text().contains("postgres"), "{}", logs.text());
}
