use std::time::Duration;

use chrono::TimeDelta;
use clock::Clock;
use tokio::time::timeout;
use tonic::{Code, Status, Streaming};
use tonic_health::pb::HealthCheckResponse;

use crate::world::{World, ask, reason};

/// Reads until the stream ends, and returns how.
async fn end_of(mut stream: Streaming<HealthCheckResponse>) -> Option<Status> {
    timeout(Duration::from_secs(5), async {
        loop {
            match stream.message().await {
                Ok(Some(_)) => {}
                Ok(None) => return None,
                Err(status) => return Some(status),
            }
        }
    })
    .await
    .expect("the stream did not end")
}

#[tokio::test]
async fn streams_end_on_drain_and_the_server_with_them() {
    let world = World::new();
    let site = world.site().await;
    let mut client = world.client(&site);
    let mut stream = client.watch(ask("")).await.unwrap().into_inner();
    assert!(stream.message().await.unwrap().is_some());
    site.drain.cancel();
    let status = end_of(stream).await.unwrap();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(reason(&status), "DRAINING");
    drop(client);
    let stopped = timeout(Duration::from_secs(5), site.serving).await;
    stopped.expect("still serving").unwrap().unwrap();
}

#[tokio::test]
async fn a_request_that_will_not_end_is_cut_off_and_reported() {
    let world = World::new();
    let site = world.site_with(|config| config.drain_seconds = 0, 0).await;
    let mut client = world.client(&site);
    let running = tokio::spawn(async move { client.check(ask("sleep")).await });
    while site.seen.calls.load(std::sync::atomic::Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    site.drain.cancel();
    let stopped = timeout(Duration::from_secs(2), site.serving).await;
    assert!(matches!(
        stopped.unwrap().unwrap(),
        Err(rpc::server::Error::Drain(_))
    ));
    running.abort();
}

#[tokio::test]
async fn streams_end_with_their_token() {
    let world = World::new();
    let site = world.site().await;
    let mut claims = world.claims();
    claims.exp = (Clock::system().now() + TimeDelta::seconds(2)).timestamp();
    let token = world.signer.sign(&claims).unwrap();
    let stream = world.client_with(&site, &token).watch(ask("")).await;
    let status = end_of(stream.unwrap().into_inner()).await.unwrap();
    assert_eq!(status.code(), Code::Unauthenticated);
    assert_eq!(reason(&status), "TOKEN_EXPIRED");
}

#[tokio::test]
async fn streams_end_at_the_deadline_their_caller_set() {
    let world = World::new();
    let site = world.site().await;
    let mut request = tonic::Request::new(ask(""));
    request.set_timeout(Duration::from_millis(200));
    let stream = world.client(&site).watch(request).await;
    let status = end_of(stream.unwrap().into_inner()).await.unwrap();
    assert_eq!(status.code(), Code::DeadlineExceeded);
}
