//! Row-level security: a query that forgets its tenant finds nothing.

use ids::AccountId;
use store::{ConnectionTrait, Migration, Store, StoreError};
use testkit::Database;

use crate::rows::{number, sql};

const MIGRATION: Migration = Migration {
    name: "0001_create_queues",
    up: "CREATE TABLE queues (account_id uuid NOT NULL, name text NOT NULL);
         ALTER TABLE queues ENABLE ROW LEVEL SECURITY;
         ALTER TABLE queues FORCE ROW LEVEL SECURITY;
         CREATE POLICY tenant ON queues
             USING (account_id = nullif(current_setting('app.account_id', true), '')::uuid);",
    down: "DROP TABLE queues",
};
const COUNT: &str = "SELECT count(*) FROM queues";

async fn add_queue(store: &Store, inside: AccountId, of: AccountId) -> Result<(), StoreError> {
    store
        .tenant_transaction(inside, |tx| async move {
            let insert = "INSERT INTO queues VALUES ($1, 'sales')";
            tx.execute_raw(sql(insert, [of.uuid().into()])).await?;
            Ok(())
        })
        .await
}

async fn seen(store: &Store, inside: AccountId) -> i64 {
    let count = store
        .tenant_transaction(inside, |tx| async move {
            Ok::<_, StoreError>(number(&tx, COUNT).await)
        })
        .await;
    count.unwrap()
}

#[tokio::test]
async fn a_tenant_sees_and_writes_its_own_rows_only() {
    let database = Database::migrated("store", &[MIGRATION]).await;
    let store = database.store().await;
    let (ours, theirs) = (AccountId::generate(), AccountId::generate());

    add_queue(&store, ours, ours).await.unwrap();
    let foreign = add_queue(&store, ours, theirs).await.unwrap_err();

    assert_eq!(foreign.kind(), "defect");
    assert_eq!(seen(&store, ours).await, 1);
    assert_eq!(seen(&store, theirs).await, 0);
}

#[tokio::test]
async fn the_tenant_does_not_stay_on_the_connection() {
    let database = Database::migrated("store", &[MIGRATION]).await;
    let mut config = database.config();
    config.max_connections = 1;
    let store = Store::connect(&config, "test").await.unwrap();
    let ours = AccountId::generate();
    add_queue(&store, ours, ours).await.unwrap();

    assert_eq!(number(&store, COUNT).await, 0, "outside of a transaction");
    let outside = store
        .transaction(|tx| async move { Ok::<_, StoreError>(number(&tx, COUNT).await) })
        .await;
    assert_eq!(outside.unwrap(), 0, "outside of every account");
}
