//! Redis is gone: said at once, over by itself.

use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use api::presence::v1::{DeclineReason, GetPersonRequest, OfferKind, State};
use testkit::{Backends, eventually};
use tonic::Code;

use crate::{floor::reason, office::Office};

/// A Redis that may be killed.
struct Server {
    port: u16,
    child: Child,
}

impl Server {
    fn start(port: u16) -> Self {
        let port_text = port.to_string();
        let child = Command::new("redis-server")
            .args([
                "--port",
                &port_text,
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
            ])
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed: the tests run on one");
        Self { port, child }
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already dead when the story killed it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

#[tokio::test]
async fn redis_comes_back_and_so_does_presence() {
    // As every test here: without the back ends, fail.
    let _ = Backends::get();
    let mut server = Server::start(free_port());
    let url = format!("redis://127.0.0.1:{}", server.port);
    let mut office = Office::open_on(live::Config::at(&url), |config| {
        config.presence.opening_seconds = 1
    })
    .await;
    let anna = office.hire(1).await[0];
    server.kill();

    let request = GetPersonRequest {
        person_id: anna.id.to_string(),
    };
    let started = Instant::now();
    // Without the client's own patience: one attempt.
    let status = office.admin_once().get_person(request).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status)),
        (Code::Unavailable, "DEPENDENCY_UNAVAILABLE".to_owned())
    );
    assert!(
        started.elapsed() < Duration::from_secs(1),
        "{:?}",
        started.elapsed()
    );

    let port = server.port;
    drop(server);
    let _server = Server::start(port);
    eventually(
        Duration::from_secs(10),
        "the telephone is heard again",
        async || {
            let request = api::presence::v1::HeartbeatRequest {
                device_id: anna.device.to_string(),
                ..api::presence::v1::HeartbeatRequest::default()
            };
            office.user(anna).heartbeat(request).await.ok()
        },
    )
    .await;
    assert_eq!(office.state_of(anna).await, State::Available);
}

/// I11: who wants to get rid of a call can, however full Redis is.
#[tokio::test]
async fn hanging_up_works_when_redis_is_full() {
    let _ = Backends::get();
    let server = Server::start(free_port());
    let redis = live::Config::at(format!("redis://127.0.0.1:{}", server.port));
    let mut office = Office::open_on(redis, |_| {}).await;
    let team = office.hire(4).await;
    let (talking, ringing, cancelled) = (office.call(), office.call(), office.call());
    let held = talking.connect(team[0]).await;
    let offered = ringing.ring(OfferKind::Exclusive, team[1]).await;
    cancelled.ring(OfferKind::Shared, team[2]).await;
    let run = office
        .live
        .command("CONFIG")
        .arg("SET")
        .arg("maxmemory")
        .arg("1");
    let _: () = run.run().await.unwrap();

    let offer = office
        .call()
        .offer_request(OfferKind::Exclusive, &[team[3]]);
    let status = office.routing_once().offer(offer).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Unavailable, "DEPENDENCY_UNAVAILABLE")
    );
    talking
        .release(team[0], held, Some(crate::floor::seconds(1)))
        .await;
    ringing
        .decline(team[1], offered, DeclineReason::Declined, 0)
        .await;
    cancelled.withdraw(&[team[2]]).await;
    for worker in &team {
        // The rest ends by a timer, which is a way to be rid of a call as well.
        office
            .becomes(*worker, State::Available, Duration::from_secs(4))
            .await;
    }
}
