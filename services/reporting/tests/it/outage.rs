//! Postgres or Redis gone: at once UNAVAILABLE or unharmed, and nothing is lost.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use api::reporting::v1::ListCallRecordsRequest;
use testkit::{Backends, eventually};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
    time::Instant,
};
use tonic::Code;
use tonic_health::pb::health_check_response::ServingStatus;

use crate::{
    company::Company,
    service::{World, reason},
};

/// A cable to a server that can be pulled and plugged in again.
struct Cable {
    addr: SocketAddr,
    target: String,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Cable {
    async fn to(target: String) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let cable = Self {
            addr,
            task: Mutex::new(Some(tokio::spawn(carry(listener, target.clone())))),
            target,
        };
        Arc::new(cable)
    }

    async fn pull(&self) {
        let task = self.task.lock().unwrap().take().unwrap();
        task.abort();
        let _ = task.await;
    }

    async fn plug(&self) {
        let listener = eventually(Duration::from_secs(5), "the port is free", async || {
            TcpListener::bind(self.addr).await.ok()
        })
        .await;
        *self.task.lock().unwrap() = Some(tokio::spawn(carry(listener, self.target.clone())));
    }
}

async fn carry(listener: TcpListener, target: String) {
    // Dropped with the task, and the connections with it.
    let mut connections = JoinSet::new();
    while let Ok((mut near, _)) = listener.accept().await {
        let target = target.clone();
        connections.spawn(async move {
            if let Ok(mut far) = TcpStream::connect(target).await {
                let _ = copy_bidirectional(&mut near, &mut far).await;
            }
        });
    }
}

/// `scheme://user:password@host:port/rest` → `host:port`, and the URL with another one.
fn split(url: &str) -> (String, impl Fn(SocketAddr) -> String + use<>) {
    let (before, rest) = match url.rsplit_once('@') {
        Some((before, rest)) => (format!("{before}@"), rest.to_owned()),
        None => {
            let (scheme, rest) = url.split_once("://").unwrap();
            (format!("{scheme}://"), rest.to_owned())
        }
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, after) = (rest[..end].to_owned(), rest[end..].to_owned());
    (host, move |addr| format!("{before}{addr}{after}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn without_postgres_requests_fail_at_once_and_events_wait() {
    let (world, company) = (World::new().await, Company::new());
    let (host, at) = split(world.database.url());
    let cable = Cable::to(host).await;
    let service = world.start_with(&[("postgres.url", &at(cable.addr))]).await;
    let owner = world.owner(company.account);
    let mut tape = company.tape();
    let before = company.answered(&mut tape);
    tape.play(&world.live).await;
    service
        .record(&owner, before, |record| record.end_time.is_some())
        .await;

    cable.pull().await;
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

    cable.plug().await;
    service
        .record(&owner, meanwhile, |record| record.end_time.is_some())
        .await;
    service.serves(ServingStatus::Serving).await;
    assert_eq!(world.app().check(company.account).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn without_redis_the_report_still_answers_and_then_catches_up() {
    let (world, company) = (World::new().await, Company::new());
    let (host, at) = split(&Backends::get().redis_url);
    let cable = Cable::to(host).await;
    let namespace = world.namespace().to_owned();
    let settings = [
        ("redis.url", at(cable.addr)),
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

    cable.pull().await;
    // Written past the cable: the writers have their own.
    let meanwhile = company.answered(&mut tape);
    tape.play(&world.live).await;
    let listed = service.list(&owner, Default::default()).await.unwrap();
    assert_eq!(listed.call_records.len(), 1);
    service.serves(ServingStatus::NotServing).await;

    cable.plug().await;
    service
        .record(&owner, meanwhile, |record| record.end_time.is_some())
        .await;
    service.serves(ServingStatus::Serving).await;
    assert_eq!(world.app().check(company.account).await.unwrap(), []);
}
