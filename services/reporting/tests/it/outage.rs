//! Postgres or Redis gone: at once UNAVAILABLE or unharmed, and nothing is lost.

use std::time::Duration;

use api::reporting::v1::ListCallRecordsRequest;
use testkit::{Backends, Wire};
use tokio::time::Instant;
use tonic::Code;
use tonic_health::pb::health_check_response::ServingStatus;

use crate::{
    company::Company,
    service::{World, reason},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn without_postgres_requests_fail_at_once_and_events_wait() {
    let (world, company) = (World::new().await, Company::new());
    let wire = Wire::to(world.database.url()).await;
    let service = world.start_with(&[("postgres.url", &wire.url)]).await;
    let owner = world.owner(company.account);
    let mut tape = company.tape();
    let before = company.answered(&mut tape);
    tape.play(&world.live).await;
    service
        .record(&owner, before, |record| record.end_time.is_some())
        .await;

    wire.cut();
    let asked = Instant::now();
    let mut once = service.records(&owner.token());
    let status = once
        .list_call_records(ListCallRecordsRequest::default())
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Unavailable, "DEPENDENCY_UNAVAILABLE")
    );
    assert!(
        asked.elapsed() < Duration::from_secs(5),
        "{:?}",
        asked.elapsed()
    );
    let meanwhile = company.answered(&mut tape);
    tape.play(&world.live).await;
    service.serves(ServingStatus::NotServing).await;

    wire.mend();
    service
        .record(&owner, meanwhile, |record| record.end_time.is_some())
        .await;
    service.serves(ServingStatus::Serving).await;
    assert_eq!(world.app().check(company.account).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn without_redis_the_report_still_answers_and_then_catches_up() {
    let (world, company) = (World::new().await, Company::new());
    let wire = Wire::to(&Backends::get().redis_url).await;
    let namespace = world.namespace().to_owned();
    let settings = [
        ("redis.url", wire.url.clone()),
        ("redis.namespace", namespace),
    ];
    let settings: Vec<_> = settings
        .iter()
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    let service = world.start_with(&settings).await;
    let owner = world.owner(company.account);
    let mut tape = company.tape();
    let before = company.answered(&mut tape);
    tape.play(&world.live).await;
    service
        .record(&owner, before, |record| record.end_time.is_some())
        .await;

    wire.cut();
    // Written past the wire: the writers have their own.
    let meanwhile = company.answered(&mut tape);
    tape.play(&world.live).await;
    let listed = service.list(&owner, Default::default()).await.unwrap();
    assert_eq!(listed.call_records.len(), 1);
    service.serves(ServingStatus::NotServing).await;

    wire.mend();
    service
        .record(&owner, meanwhile, |record| record.end_time.is_some())
        .await;
    service.serves(ServingStatus::Serving).await;
    assert_eq!(world.app().check(company.account).await.unwrap(), []);
}
