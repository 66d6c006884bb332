use std::sync::atomic::Ordering;
use std::time::Duration;

use tonic::{Code, Request};

use crate::world::{World, ask, bare, reason};

fn authorized<T>(world: &World, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert(
        "authorization",
        format!("Bearer {}", world.token()).parse().unwrap(),
    );
    request
}

#[tokio::test]
async fn a_deadline_that_cannot_be_read_is_refused() {
    let world = World::new();
    let site = world.site().await;
    for text in ["abc", "1", "-1S", "123456789S"] {
        let mut request = authorized(&world, ask(""));
        request
            .metadata_mut()
            .insert("grpc-timeout", text.parse().unwrap());
        let status = bare(site.addr).await.check(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{text}");
        assert_eq!(reason(&status), "DEADLINE_MALFORMED", "{text}");
    }
}

#[tokio::test]
async fn work_stops_at_the_callers_deadline() {
    let world = World::new();
    let site = world.site().await;
    let mut request = Request::new(ask("sleep"));
    request.set_timeout(Duration::from_millis(100));
    let status = world.client(&site).check(request).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(reason(&status), "DEADLINE_PASSED");
    // The handler's future is gone, not only its answer.
    tokio::time::timeout(Duration::from_secs(1), async {
        while site.seen.dropped.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("the handler was still running");
}

#[tokio::test]
async fn the_server_says_so_itself() {
    let world = World::new();
    let site = world.site().await;
    for text in ["0S", "1n", "50m"] {
        let mut request = authorized(&world, ask("sleep"));
        // As metadata, so that tonic's client keeps no timer of its own.
        request
            .metadata_mut()
            .insert("grpc-timeout", text.parse().unwrap());
        let status = bare(site.addr).await.check(request).await.unwrap_err();
        // Nothing distinguishes a deadline that passed on the client's side,
        // which tonic's channel watches as well.
        assert!(
            matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled),
            "{text}: {status:?}"
        );
    }
}

#[tokio::test]
async fn calls_on_the_way_get_what_is_left() {
    let world = World::new();
    let site = world.site().await;
    let mut client = world.client(&site);
    rpc::deadline::within(Duration::from_millis(700), client.check(ask("")))
        .await
        .unwrap();
    let budget = site.seen.budget.lock().unwrap().unwrap();
    assert!(
        budget < Duration::from_millis(700) && budget > Duration::from_millis(300),
        "{budget:?}"
    );
    // Without one, the method's own: two seconds.
    client.check(ask("")).await.unwrap();
    let budget = site.seen.budget.lock().unwrap().unwrap();
    assert!(budget > Duration::from_secs(1), "{budget:?}");
    // Nothing left: nothing is sent.
    let before = site.seen.calls.load(Ordering::SeqCst);
    let status = rpc::deadline::within(Duration::ZERO, client.check(ask("")))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(site.seen.calls.load(Ordering::SeqCst), before);
}
