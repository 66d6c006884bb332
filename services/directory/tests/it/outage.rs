//! Postgres goes away and comes back.

use std::time::{Duration, Instant};

use api::directory::v1::{WatchPlansRequest, get_plan_request::By, watch_plans_response::Message};
use futures::StreamExt as _;
use testkit::{Database, Wire, eventually};
use tonic::{Code, transport::Channel};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::world::{World, queue, refusal};

#[tokio::test]
async fn without_postgres_it_says_so_at_once_and_recovers_by_itself() {
    let database = Database::migrated("directory", directory::MIGRATIONS).await;
    let wire = Wire::to(database.url()).await;
    let world = World::start_through(database, &wire.url, "1000").await;
    let company = world.company();
    let support = company.admin.create_queue(queue(&[])).await.unwrap();
    let mut news = world
        .platform()
        .plans()
        .watch_plans(WatchPlansRequest {})
        .await
        .unwrap()
        .into_inner();
    let channel = Channel::from_shared(world.running.uri())
        .unwrap()
        .connect_lazy();
    let health = HealthClient::new(channel);
    let serving = || async {
        let answer = health
            .clone()
            .check(HealthCheckRequest::default())
            .await
            .unwrap();
        answer.get_ref().status() == ServingStatus::Serving
    };
    assert!(serving().await);

    wire.cut();
    let since = Instant::now();
    let refused = company.admin.create_queue(queue(&[])).await;
    let unavailable = (Code::Unavailable, "DEPENDENCY_UNAVAILABLE".to_owned());
    assert_eq!(refusal(refused), unavailable);
    let by = || By::AccountId(company.id.to_string());
    assert_eq!(
        refusal(world.platform().get_plan(by(), 0).await),
        unavailable
    );
    assert!(
        since.elapsed() < Duration::from_secs(8),
        "said after {:?}",
        since.elapsed()
    );
    eventually(Duration::from_secs(5), "NOT_SERVING", async || {
        (!serving().await).then_some(())
    })
    .await;

    wire.mend();
    eventually(Duration::from_secs(10), "SERVING", async || {
        serving().await.then_some(())
    })
    .await;
    let plan = world.plan(company.id).await.unwrap();
    assert_eq!(plan.queues, [support]);
    // Watchers are told that they may have missed something, and then of what happens.
    let overflow = company.admin.create_queue(queue(&[])).await.unwrap();
    assert!(!overflow.queue_id.is_empty());
    let mut resets = 0;
    let told = async {
        loop {
            match news.next().await.unwrap().unwrap().message.unwrap() {
                Message::Reset(_) => resets += 1,
                Message::Change(change) if change.version == 2 => break,
                Message::Change(_) => {}
            }
        }
    };
    // The listener may have come back after the change: then only the reset tells of it.
    let _ = tokio::time::timeout(Duration::from_secs(2), told).await;
    assert!(resets >= 2, "{resets} resets");
}
