//! Services started in this process, asked from outside.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap is the test's failure"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use access::{KeySet, Signer};
use boot::{BoxError, Context, Running, Service, Settings, section};
use serde::Deserialize;
use tokio::sync::oneshot;
use tonic::Code;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    server: section::Server,
    telemetry: section::Telemetry,
    identity: section::Identity,
}

impl Settings for Config {
    const DEFAULTS: &'static str = include_str!("../../sections.toml");

    fn server(&self) -> &section::Server {
        &self.server
    }

    fn telemetry(&self) -> &section::Telemetry {
        &self.telemetry
    }

    fn identity(&self) -> Option<&section::Identity> {
        Some(&self.identity)
    }
}

fn config() -> Config {
    let settings = [
        ("server.listen", "127.0.0.1:0"),
        ("identity.key_secret", "of no use here"),
    ];
    boot::settings("example", &settings).unwrap()
}

fn keys() -> KeySet {
    KeySet::new([Signer::generate("k1").unwrap().0.public_key()])
}

async fn channel(running: &Running) -> Channel {
    Channel::from_shared(running.uri())
        .unwrap()
        .connect()
        .await
        .unwrap()
}

async fn status(running: &Running) -> ServingStatus {
    let answer = HealthClient::new(channel(running).await)
        .check(HealthCheckRequest::default())
        .await;
    answer.unwrap().into_inner().status()
}

async fn until(running: &Running, expected: ServingStatus) {
    let wait = async {
        while status(running).await != expected {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), wait)
        .await
        .unwrap_or_else(|_| panic!("never became {expected:?}"));
}

#[tokio::test]
async fn health_follows_what_the_service_stands_on() {
    let up = Arc::new(AtomicBool::new(true));
    let probe = up.clone();
    let build = |_: Context<Config>| async move {
        Ok::<_, BoxError>(Service::new().probe("redis", move || {
            let up = probe.load(Ordering::SeqCst);
            async move {
                if up {
                    Ok(())
                } else {
                    Err("connection refused".into())
                }
            }
        }))
    };
    let running = boot::start("example", config(), build)
        .keys(keys())
        .await
        .unwrap();
    running.ready().await;
    until(&running, ServingStatus::Serving).await;
    up.store(false, Ordering::SeqCst);
    until(&running, ServingStatus::NotServing).await;
    up.store(true, Ordering::SeqCst);
    until(&running, ServingStatus::Serving).await;
    running.shutdown().await.unwrap();
}

#[tokio::test]
async fn without_keys_nobody_could_call_so_it_is_not_ready() {
    let build = |_: Context<Config>| async { Ok::<_, BoxError>(Service::new()) };
    let running = boot::start("example", config(), build).await.unwrap();
    let ready = tokio::time::timeout(Duration::from_millis(300), running.ready()).await;
    assert!(ready.is_err());
    assert_eq!(status(&running).await, ServingStatus::NotServing);
    running.shutdown().await.unwrap();
}

/// It would have to let everybody in whose token was taken back, or nobody.
#[tokio::test]
async fn without_a_key_of_its_own_it_does_not_start() {
    let build = |_: Context<Config>| async { Ok::<_, BoxError>(Service::new()) };
    let config = boot::settings("example", &[("server.listen", "127.0.0.1:0")]).unwrap();
    let error = boot::start("example", config, build).await.unwrap_err();
    assert!(
        error.to_string().starts_with("identity.key_secret: "),
        "{error}"
    );
}

#[tokio::test]
async fn a_task_that_fails_stops_the_service() {
    for panics in [false, true] {
        let (fail, told) = oneshot::channel::<()>();
        let build = move |_: Context<Config>| async move {
            Ok::<_, BoxError>(Service::new().task("timers", async move {
                told.await?;
                if panics {
                    panic!("lost count");
                }
                Err("lost the lease".into())
            }))
        };
        let running = boot::start("example", config(), build)
            .keys(keys())
            .await
            .unwrap();
        fail.send(()).unwrap();
        let problem = tokio::time::timeout(Duration::from_secs(2), running.broken())
            .await
            .expect("nobody noticed");
        assert!(problem.starts_with("task timers: "), "{problem}");
        until(&running, ServingStatus::NotServing).await;
        running.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn stopping_waits_for_tasks() {
    let finished = Arc::new(AtomicBool::new(false));
    let seen = finished.clone();
    let (draining, drained) = oneshot::channel::<()>();
    let (finish, told) = oneshot::channel::<()>();
    let build = |context: Context<Config>| async move {
        Ok::<_, BoxError>(Service::new().task("relay", async move {
            context.drain.cancelled().await;
            draining.send(()).map_err(|()| "nobody stops it")?;
            told.await?;
            seen.store(true, Ordering::SeqCst);
            Ok(())
        }))
    };
    let running = boot::start("example", config(), build)
        .keys(keys())
        .await
        .unwrap();
    let stopping = tokio::spawn(running.shutdown());
    drained.await.unwrap();
    assert!(!stopping.is_finished());
    finish.send(()).unwrap();
    stopping.await.unwrap().unwrap();
    assert!(finished.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_build_that_fails_leaves_nothing_behind() {
    let build = |_: Context<Config>| async { Err::<Service, BoxError>("no redis".into()) };
    let error = boot::start("example", config(), build).await.unwrap_err();
    assert_eq!(error.to_string(), "no redis");
}

#[tokio::test]
async fn reflection_speaks_both_versions() {
    use tonic_reflection::pb::{v1, v1alpha};

    let build = |_: Context<Config>| async { Ok::<_, BoxError>(Service::new()) };
    let running = boot::start("example", config(), build)
        .keys(keys())
        .await
        .unwrap();
    let ask = v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(v1::server_reflection_request::MessageRequest::ListServices(
            String::new(),
        )),
    };
    let mut client =
        v1::server_reflection_client::ServerReflectionClient::new(channel(&running).await);
    let mut answers = client
        .server_reflection_info(tokio_stream::once(ask))
        .await
        .unwrap()
        .into_inner();
    let answer = format!("{:?}", answers.message().await.unwrap().unwrap());
    assert!(answer.contains("grpc.health.v1.Health"), "{answer}");

    let ask = v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(
            v1alpha::server_reflection_request::MessageRequest::FileContainingSymbol(
                "strowger.identity.v1.AuthService".into(),
            ),
        ),
    };
    let mut client =
        v1alpha::server_reflection_client::ServerReflectionClient::new(channel(&running).await);
    let mut answers = client
        .server_reflection_info(tokio_stream::once(ask))
        .await
        .unwrap()
        .into_inner();
    let answer = format!("{:?}", answers.message().await.unwrap().unwrap());
    assert!(answer.contains("FileDescriptorResponse"), "{answer}");
    // A service that is not served here has no health either.
    let status = HealthClient::new(channel(&running).await)
        .check(HealthCheckRequest {
            service: "nobody".into(),
        })
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    running.shutdown().await.unwrap();
}
