use std::sync::atomic::Ordering;

use rpc::Peer;
use rpc::client::{Addresses, Config, Tokens};
use rpc::method::Policies;
use tonic::Code;
use tonic_health::pb::health_client::HealthClient;

use crate::world::{TABLE, World, ask, reason};

#[tokio::test]
async fn an_idempotent_call_is_repeated_until_it_works() {
    let world = World::new();
    let site = world.site_with(|_| {}, 2).await;
    world.client(&site).check(ask("flaky")).await.unwrap();
    assert_eq!(site.seen.calls.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn repeating_has_an_end() {
    let world = World::new();
    let site = world.site_with(|_| {}, u32::MAX).await;
    let status = world.client(&site).check(ask("flaky")).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(site.seen.calls.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn nobody_there_is_one_clear_answer() {
    let world = World::new();
    let site = world.site().await;
    site.serving.abort();
    let _ = site.serving.await;
    let addr = site.addr;
    let peer = Peer::to(
        format!("http://{addr}"),
        Some(Tokens::fixed(&world.token())),
    )
    .unwrap();
    let mut client = HealthClient::new(peer);
    let status = client.check(ask("")).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(reason(&status), "DEPENDENCY_UNAVAILABLE");
}

/// tonic's balancer loses a fifth of the calls here.
#[test]
fn with_one_of_two_servers_killed_no_call_fails() {
    let here = tokio::runtime::Runtime::new().unwrap();
    let there = tokio::runtime::Runtime::new().unwrap();
    let world = World::new();
    let survivor = here.block_on(world.site());
    let victim = there.block_on(world.site());
    here.block_on(async {
        let mut config = Config::plain("");
        config.addresses = Addresses(vec![
            format!("http://{}", survivor.addr),
            format!("http://{}", victim.addr),
        ]);
        let peer = Peer::new("peer", &config, Some(Tokens::fixed(&world.token()))).unwrap();
        let mut client = HealthClient::new(peer.with_policies(Policies::Table(TABLE)));
        for _ in 0..20 {
            client.check(ask("")).await.unwrap();
        }
        assert_eq!(victim.seen.calls.load(Ordering::SeqCst), 10);
        // Sockets, tasks and all.
        there.shutdown_background();
        for _ in 0..200 {
            client.check(ask("")).await.unwrap();
        }
        assert!(survivor.seen.calls.load(Ordering::SeqCst) >= 210);
    });
}

#[tokio::test]
async fn addresses_that_cannot_work_are_named() {
    for address in [
        "",
        "127.0.0.1:7001",
        "ftp://a:1",
        "http://a",
        "https://a:1",
        "http://",
    ] {
        let error = Peer::to(address, None).unwrap_err().to_string();
        assert!(error.starts_with("peer.addresses: "), "{address}: {error}");
    }
}
