//! Redis or Postgres is gone: said at once, and over by itself.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use api::{
    directory::v1::{ListQueuesRequest, Queue},
    identity::v1::ListUsersRequest,
    presence::v1::{ListPeopleRequest, State},
    reporting::v1::ListCallRecordsRequest,
    routing::v1::ListCallsRequest,
};
use company::Desk;
use mesh::Service;
use testkit::{Backends, Wire, eventually};
use tonic::{Code, Status, transport::Endpoint};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic_types::StatusExt as _;

use crate::{
    office::{Office, answered_by, becomes_within},
    world::{OwnWorld, World, alone},
};

/// At once, beside the retries of a client for what is idempotent.
const AT_ONCE: Duration = Duration::from_secs(4);
/// Probes run every second.
const NOTICED: Duration = Duration::from_secs(10);
const RECOVERED: Duration = Duration::from_secs(20);

async fn health(world: &World, service: Service) -> ServingStatus {
    let channel = Endpoint::from_shared(world.address(service).to_owned())
        .unwrap()
        .connect()
        .await
        .unwrap();
    let request = HealthCheckRequest {
        service: String::new(),
    };
    HealthClient::new(channel)
        .check(request)
        .await
        .unwrap()
        .into_inner()
        .status()
}

async fn all_are(world: &World, services: &[Service], wanted: ServingStatus, within: Duration) {
    for &service in services {
        let what = format!("{} is {wanted:?}", service.name());
        eventually(within, &what, async || {
            (health(world, service).await == wanted).then_some(())
        })
        .await;
    }
}

/// A read that needs the back end.
async fn unavailable<T>(what: &str, read: impl Future<Output = Result<T, Status>>) {
    let asked = Instant::now();
    let status = read
        .await
        .err()
        .unwrap_or_else(|| panic!("{what} answers without its back end"));
    assert_eq!(status.code(), Code::Unavailable, "{what}: {status:?}");
    let reason = status
        .get_details_error_info()
        .unwrap_or_else(|| panic!("{what}: {status:?}"))
        .reason;
    assert_eq!(reason, "DEPENDENCY_UNAVAILABLE", "{what}");
    assert!(
        asked.elapsed() < AT_ONCE,
        "{what} took {:?}",
        asked.elapsed()
    );
}

#[test]
fn redis_is_gone_and_comes_back() {
    alone(async {
        let wire = Wire::to(&Backends::get().redis_url).await;
        let world = OwnWorld::with(|options| options.redis_url.clone_from(&wire.url)).await;
        let office = Office::found(&world, "No Redis").await;
        let [anna] = office.at_work(["Anna"]).await;
        let (_, support) = office.queue(&[&anna], Queue::default()).await;
        let mut line = office.call(&support).await;
        answered_by(&mut line, &anna).await;

        wire.cut();
        let desk: &Desk = office.company.owner().desk();
        unavailable(
            "presence",
            desk.presence().list_people(ListPeopleRequest::default()),
        )
        .await;
        unavailable(
            "routing",
            desk.calls().list_calls(ListCallsRequest::default()),
        )
        .await;
        let stateful = [Service::Presence, Service::Routing];
        all_are(&world, &stateful, ServingStatus::NotServing, NOTICED).await;

        wire.mend();
        all_are(&world, &Service::ALL, ServingStatus::Serving, RECOVERED).await;
        eventually(RECOVERED, "the hang-up is taken", async || {
            line.hang_up().await.ok()
        })
        .await;
        becomes_within(RECOVERED, &anna, State::Available).await;
        let mut next = office.call(&support).await;
        answered_by(&mut next, &anna).await;
        next.hang_up().await.unwrap();
        office.record(next.call_id()).await;
    });
}

#[test]
fn postgres_is_gone_and_calls_go_on() {
    alone(async {
        let wire = Wire::to(&Backends::get().database_url).await;
        let world = OwnWorld::with(|options| options.admin_url.clone_from(&wire.url)).await;
        let office = Office::found(&world, "No Postgres").await;
        let [anna] = office.at_work(["Anna"]).await;
        let (_, support) = office.queue(&[&anna], Queue::default()).await;
        let mut before = office.call(&support).await;
        answered_by(&mut before, &anna).await;

        wire.cut();
        let desk = office.company.owner().desk();
        unavailable(
            "identity",
            desk.users().list_users(ListUsersRequest::default()),
        )
        .await;
        unavailable(
            "directory",
            desk.queues().list_queues(ListQueuesRequest::default()),
        )
        .await;
        unavailable(
            "reporting",
            desk.records()
                .list_call_records(ListCallRecordsRequest::default()),
        )
        .await;
        let with_tables = [Service::Identity, Service::Directory, Service::Reporting];
        all_are(&world, &with_tables, ServingStatus::NotServing, NOTICED).await;

        // Nothing on the way of a call needs a table.
        before.hang_up().await.unwrap();
        let mut during = office.call(&support).await;
        answered_by(&mut during, &anna).await;
        during.hang_up().await.unwrap();

        wire.mend();
        all_are(&world, &Service::ALL, ServingStatus::Serving, RECOVERED).await;
        for line in [&before, &during] {
            office.record_within(RECOVERED, line.call_id()).await;
        }
    });
}
