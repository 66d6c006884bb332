//! Replicas that die, neighbours that are away, plans that change.

use std::{sync::Arc, time::Duration};

use api::routing::v1::{CallOutcome, CallState};
use testkit::{Backends, Wire, eventually};
use tokio::time::Instant;

use crate::{
    company::{ANNA, CALLER, Company, SUPPORT, target},
    town::Town,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_dies_between_the_commit_and_presence_and_the_call_goes_on() {
    let town = Arc::new(Town::of(Company::new()).await);
    let first = town.replica_apart().await;
    town.floor.set_slow(Some(Duration::from_secs(60)));
    let edge = ids::EdgeId::generate();
    let mut client = town.raw_edge(&first, edge);
    let arrived = client
        .report_arrival(api::routing::v1::ReportArrivalRequest {
            edge_id: edge.to_string(),
            edge_call_id: "sip:1".to_owned(),
            from: CALLER.to_owned(),
            dialled: SUPPORT.to_owned(),
            from_name: String::new(),
        })
        .await
        .unwrap()
        .into_inner();
    first.crash();
    town.floor.set_slow(None);

    let second = town.replica().await;
    let since = Instant::now();
    town.until_within(
        &second,
        &arrived.call_id,
        CallState::Ringing,
        Duration::from_secs(20),
    )
    .await;
    assert!(since.elapsed() < Duration::from_secs(12));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_dies_before_it_hears_whom_it_got_and_another_gets_the_same_person() {
    let town = Arc::new(Town::of(Company::new()).await);
    let first = town.replica_apart().await;
    town.floor.set_mute(Some(Duration::from_secs(60)));
    let edge = town.edge(&first).await;
    let line = edge.dial(CALLER, SUPPORT).await.unwrap();
    let held = || {
        let people = [town.company.anna, town.company.ben];
        people
            .into_iter()
            .filter(|person| town.floor.holder(*person).is_some())
    };
    let reserved = eventually(Duration::from_secs(2), "somebody is reserved", async || {
        held().next()
    })
    .await;
    first.crash();
    town.floor.set_mute(None);

    let second = town.replica().await;
    let limit = Duration::from_secs(20);
    let call = town
        .until_within(&second, line.call_id(), CallState::Ringing, limit)
        .await;
    assert_eq!(call.legs[1].person_id, reserved.to_string());
    assert_eq!(held().count(), 1, "nobody else is held for the call");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_dies_before_it_frees_a_person_and_another_frees_them() {
    let town = Arc::new(Town::of(Company::new()).await);
    let first = town.replica_apart().await;
    let edge = town.edge(&first).await;
    let mut line = edge.dial(CALLER, ANNA).await.unwrap();
    let ring = line.ring().await.unwrap();
    assert!(line.answer(&ring).await.unwrap());
    town.floor.set_slow(Some(Duration::from_secs(60)));
    line.hang_up().await.unwrap();
    first.crash();
    town.floor.set_slow(None);
    assert_eq!(
        town.floor.holder(town.company.anna).as_deref(),
        Some(line.call_id())
    );

    let _second = town.replica().await;
    eventually(Duration::from_secs(15), "anna is free", async || {
        town.floor.holder(town.company.anna).is_none().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_presence_away_callers_wait_and_hang_up_as_ever() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let edge = town.edge(&replica).await;
    town.floor.set_down(true);
    let mut leaving = edge.dial(CALLER, SUPPORT).await.unwrap();
    let mut patient = edge
        .dial(CALLER, SUPPORT)
        .await
        .unwrap()
        .with_patience(Duration::from_secs(20));
    leaving.hang_up().await.unwrap();
    let call = town
        .until(&replica, leaving.call_id(), CallState::Ended)
        .await;
    assert_eq!(call.outcome(), CallOutcome::Abandoned);
    town.floor.set_down(false);
    let ring = patient.ring().await.unwrap();
    assert!(patient.answer(&ring).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_plan_is_used_within_a_second_and_asked_for_once() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let edge = town.edge(&replica).await;
    for _ in 0..5 {
        let mut line = edge.dial(CALLER, ANNA).await.unwrap();
        line.ring().await.unwrap();
        line.hang_up().await.unwrap();
        town.until_free(town.company.anna).await;
    }
    assert!(
        town.directory.times_asked() <= 2,
        "{}",
        town.directory.times_asked()
    );

    town.directory.change(|plan| {
        let prompt = "we-moved".to_owned();
        plan.numbers[3].target = target(api::directory::v1::target::Kind::Announcement(prompt));
    });
    tokio::time::sleep(Duration::from_millis(900)).await;
    let mut line = edge.dial(CALLER, ANNA).await.unwrap();
    assert_eq!(line.play().await.unwrap().prompt, "we-moved");
    line.played().await.unwrap();
    line.hung_up().await.unwrap();
    let call = town.until(&replica, line.call_id(), CallState::Ended).await;
    assert_eq!(call.outcome(), CallOutcome::Rejected);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_it_says_so_at_once_and_recovers_by_itself() {
    let wire = Wire::to(&Backends::get().redis_url).await;
    let town = Town::of(Company::new())
        .await
        .with("redis.url", &wire.url)
        .with("routing.edge_keepalive_seconds", "1");
    let replica = town.replica().await;
    let edge = town.edge(&replica).await;
    let mut line = edge.dial(CALLER, ANNA).await.unwrap();
    let ring = line.ring().await.unwrap();
    assert!(line.answer(&ring).await.unwrap());

    wire.cut();
    let since = Instant::now();
    let refused = edge.dial(CALLER, SUPPORT).await.unwrap_err();
    assert!(refused.to_string().contains("unavailable"), "{refused}");
    assert!(
        since.elapsed() < Duration::from_secs(3),
        "{:?}",
        since.elapsed()
    );
    // Longer than the leases on partitions.
    tokio::time::sleep(Duration::from_secs(2)).await;

    wire.mend();
    let mut line = line.with_patience(Duration::from_secs(5));
    eventually(
        Duration::from_secs(5),
        "the call can be ended",
        async || line.hang_up().await.ok(),
    )
    .await;
    let call = town.until(&replica, line.call_id(), CallState::Ended).await;
    assert_eq!(call.outcome(), CallOutcome::Answered);
    town.until_free(town.company.anna).await;
    let mut line = edge.dial(CALLER, ANNA).await.unwrap();
    line.ring().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edge_that_could_not_be_heard_is_not_a_dead_edge() {
    let wire = Wire::to(&Backends::get().redis_url).await;
    let town = Town::of(Company::new())
        .await
        .with("redis.url", &wire.url)
        .with("routing.edge_lease_seconds", "2")
        .with("routing.edge_keepalive_seconds", "1");
    let replica = town.replica().await;
    let edge = town.edge(&replica).await;
    let mut line = edge.dial(CALLER, ANNA).await.unwrap();
    let ring = line.ring().await.unwrap();
    assert!(line.answer(&ring).await.unwrap());
    wire.cut();
    tokio::time::sleep(Duration::from_secs(4)).await;
    wire.mend();
    tokio::time::sleep(Duration::from_secs(4)).await;
    let call = town.call(&replica, line.call_id()).await;
    assert_eq!(call.state(), CallState::Connected);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_redis_full_nobody_new_comes_in_but_calls_end_and_people_are_free() {
    let start = || sandbox::Sandbox::start(&sandbox::Options::scratch()).unwrap();
    let sandbox = tokio::task::spawn_blocking(start).await.unwrap();
    let redis = live::Config::at(sandbox.redis_url());
    let town = Town::on(redis, Company::new()).await;
    let replica = town.replica().await;
    let edge = town.edge(&replica).await;
    let mut line = edge.dial(CALLER, ANNA).await.unwrap();
    let ring = line.ring().await.unwrap();
    assert!(line.answer(&ring).await.unwrap());

    let full = town.live.command("CONFIG").arg("SET");
    let () = full.arg("maxmemory").arg("1mb").run().await.unwrap();
    let refused = edge.dial(CALLER, SUPPORT).await.unwrap_err();
    assert!(refused.to_string().contains("unavailable"), "{refused}");
    line.hang_up().await.unwrap();
    town.until(&replica, line.call_id(), CallState::Ended).await;
    town.until_free(town.company.anna).await;
}
