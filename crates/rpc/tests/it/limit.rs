use std::sync::atomic::Ordering;

use tonic::Code;
use tonic_types::StatusExt as _;

use crate::world::{World, ask, reason};

#[tokio::test]
async fn a_request_at_the_limit_passes_and_one_over_is_refused() {
    let world = World::new();
    let site = world.site().await;
    let mut client = world.client(&site);
    // Two bytes of tag and length before the text.
    client.check(ask(&"a".repeat(62))).await.unwrap();
    let status = client.check(ask(&"a".repeat(63))).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert_eq!(reason(&status), "REQUEST_TOO_LARGE");
    assert_eq!(site.seen.calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_full_server_refuses_at_once_and_says_when_to_come_back() {
    let world = World::new();
    let site = world.site_with(|config| config.max_in_flight = 1, 0).await;
    let mut first = world.client(&site);
    let running = tokio::spawn(async move { first.check(ask("sleep")).await });
    while site.seen.calls.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    let status = world.client(&site).check(ask("")).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert_eq!(reason(&status), "OVERLOADED");
    assert!(status.get_error_details().retry_info().is_some());
    running.abort();
}
