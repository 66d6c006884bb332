use tonic::{Code, Request};
use tonic_types::StatusExt as _;

use crate::world::{World, ask, bare, fine, reason};

/// A request with these `authorization` headers, over a plain connection.
async fn with_headers(world: &World, headers: &[&str]) -> tonic::Status {
    let site = world.site().await;
    let mut request = Request::new(ask(""));
    for header in headers {
        request
            .metadata_mut()
            .append("authorization", header.parse().unwrap());
    }
    bare(site.addr).await.check(request).await.unwrap_err()
}

#[tokio::test]
async fn a_caller_with_the_permission_reaches_the_handler() {
    let world = World::new();
    let site = world.site().await;
    let claims = world.claims();
    let token = world.signer.sign(&claims).unwrap();
    let answer = world.client_with(&site, &token).check(ask("")).await;
    assert_eq!(answer.unwrap().into_inner(), fine());
    let caller = site.seen.caller.lock().unwrap().clone().unwrap();
    assert_eq!(caller.account, claims.acc);
    // The token ends at the door.
    assert_eq!(*site.seen.authorization.lock().unwrap(), None);
}

#[tokio::test]
async fn anything_but_one_good_bearer_token_is_refused() {
    let world = World::new();
    let good = format!("Bearer {}", world.token());
    for headers in [
        vec![],
        vec![good.as_str(), good.as_str()],
        vec!["Basic YTpi"],
        vec!["Bearer"],
    ] {
        let status = with_headers(&world, &headers).await;
        assert_eq!(status.code(), Code::Unauthenticated, "{headers:?}");
        assert_eq!(reason(&status), "TOKEN_MISSING", "{headers:?}");
    }
    let forged = World::new().token();
    let status = with_headers(&world, &[&format!("Bearer {forged}")]).await;
    assert_eq!(reason(&status), "TOKEN_INVALID");
}

#[tokio::test]
async fn a_denial_names_permission_and_method() {
    let world = World::new();
    let site = world.site().await;
    let mut claims = world.claims();
    claims.roles.clear();
    let token = world.signer.sign(&claims).unwrap();
    let status = world
        .client_with(&site, &token)
        .check(ask(""))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!(info.reason, "PERMISSION_MISSING");
    assert_eq!(info.metadata["permission"], "PRESENCE_OWN");
    assert_eq!(info.metadata["method"], "/grpc.health.v1.Health/Check");
    assert_eq!(site.seen.calls.load(std::sync::atomic::Ordering::SeqCst), 0);
}

/// Paths that mean a governed method to somebody, but not to us.
#[tokio::test]
async fn odd_paths_are_denied_with_a_good_token() {
    let world = World::new();
    let site = world.site().await;
    let channel = tonic::transport::Channel::from_shared(format!("http://{}", site.addr))
        .unwrap()
        .connect()
        .await
        .unwrap();
    let mut grpc = tonic::client::Grpc::new(channel);
    for path in [
        "/grpc.health.v1.Health/check",
        "/grpc.health.v1.Health//Check",
        "//grpc.health.v1.Health/Check",
        "/grpc.health.v1.Health/%43heck",
        "/grpc.health.v1.Health%2FCheck",
        "/grpc.health.v1.Health/Check/",
        "/grpc.health.v1.Health",
        "/",
        "/strowger.nowhere.v1.Nothing/Do",
    ] {
        grpc.ready().await.unwrap();
        let mut request = Request::new(ask(""));
        request.metadata_mut().insert(
            "authorization",
            format!("Bearer {}", world.token()).parse().unwrap(),
        );
        let status = grpc
            .unary::<_, tonic_health::pb::HealthCheckResponse, _>(
                request,
                path.parse().unwrap(),
                tonic_prost::ProstCodec::default(),
            )
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied, "{path}");
        assert_eq!(reason(&status), "POLICY_MISSING", "{path}");
    }
    assert_eq!(site.seen.calls.load(std::sync::atomic::Ordering::SeqCst), 0);
}
