//! The schema goes forward and back.

use testkit::Database;

#[tokio::test]
async fn every_step_can_be_taken_back() {
    let database = Database::empty().await;
    let store = database.store().await;
    let steps = directory::MIGRATIONS;
    assert_eq!(store.migrate(steps).await.unwrap().len(), steps.len());
    assert_eq!(store.migrate(steps).await.unwrap(), Vec::<&str>::new());
    let back = store.migrate_down(steps, steps.len()).await.unwrap();
    assert_eq!(back.len(), steps.len());
    assert_eq!(store.migrate(steps).await.unwrap().len(), steps.len());
    assert_eq!(store.pending(steps).await.unwrap(), Vec::<&str>::new());
}
