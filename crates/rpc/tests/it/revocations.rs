//! Tokens that are taken back, at a server and from an identity that says what
//! the test tells it to say.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use access::{Claims, KeySet, Revocation, Revoked, Verifier};
use api::identity::v1::key_service_server::{KeyService, KeyServiceServer};
use api::identity::v1::revocation::Subject;
use api::identity::v1::{
    self as wire, ListSigningKeysRequest, ListSigningKeysResponse, WatchRevocationsRequest,
    WatchRevocationsResponse,
};
use chrono::{DateTime, TimeDelta, Utc};
use clock::Clock;
use futures::stream::{BoxStream, StreamExt as _};
use ids::SessionId;
use rpc::client::Tokens;
use rpc::client::revocations::Follower;
use rpc::method::Policies;
use rpc::revocations::{MAX_AGE, Revocations};
use rpc::{Peer, Server};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::{Code, Request, Response, Status};

use crate::world::{SENSITIVE, Site, TABLE, World, ask, config, reason};

const SOON: Duration = Duration::from_secs(10);

fn revocations(max_age: Duration) -> Revocations {
    Revocations::new("probe", Clock::system(), max_age)
}

/// Somebody signed in, and their session.
fn signed_in(world: &World) -> (Claims, SessionId) {
    let session = SessionId::generate();
    let mut claims = world.claims();
    claims.sid = Some(session);
    (claims, session)
}

fn ended(session: SessionId) -> Revocation {
    let now = Clock::system().now();
    Revocation {
        whose: Revoked::Session(session),
        generation: 0,
        revoked: now,
        expires: now + TimeDelta::minutes(30),
    }
}

async fn check(world: &World, site: &Site, claims: &Claims) -> Result<(), Status> {
    let token = world.signer.sign(claims).unwrap();
    let answer = world.client_with(site, &token).check(ask("")).await;
    answer.map(drop)
}

async fn eventually(what: &str, mut look: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !look().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, wait).await.expect(what);
}

#[tokio::test]
async fn nobody_gets_in_before_it_is_known_who_must_not() {
    let world = World::new();
    let known = revocations(MAX_AGE);
    let site = world.site_knowing(&known, TABLE).await;
    let (claims, _) = signed_in(&world);
    let status = check(&world, &site, &claims).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(reason(&status), "REVOCATIONS_STALE");
    known.seen_until(Instant::now());
    check(&world, &site, &claims).await.unwrap();
}

#[tokio::test]
async fn a_revoked_token_is_refused_and_its_open_stream_ends() {
    let world = World::new();
    let known = revocations(MAX_AGE);
    known.seen_until(Instant::now());
    let site = world.site_knowing(&known, TABLE).await;
    let (claims, session) = signed_in(&world);
    let (other, _) = signed_in(&world);
    let stream = async |claims: &Claims| {
        let token = world.signer.sign(claims).unwrap();
        let stream = world.client_with(&site, &token).watch(ask("")).await;
        stream.unwrap().into_inner()
    };
    let (mut revoked, mut staying) = (stream(&claims).await, stream(&other).await);
    assert!(revoked.message().await.unwrap().is_some());

    known.add([ended(session)]);
    let status = loop {
        match tokio::time::timeout(SOON, revoked.message()).await.unwrap() {
            Ok(item) => assert!(item.is_some(), "it ended as if nothing had happened"),
            Err(status) => break status,
        }
    };
    assert_eq!(status.code(), Code::Unauthenticated);
    assert_eq!(reason(&status), "TOKEN_REVOKED");
    let status = check(&world, &site, &claims).await.unwrap_err();
    assert_eq!(reason(&status), "TOKEN_REVOKED");

    assert!(staying.message().await.unwrap().is_some());
    check(&world, &site, &other).await.unwrap();
}

#[tokio::test]
async fn sensitive_methods_are_refused_while_nobody_says_what_is_revoked() {
    const MAX: Duration = Duration::from_secs(1);
    let world = World::new();
    let known = revocations(MAX);
    let site = world.site_knowing(&known, TABLE).await;
    let delicate = world.site_knowing(&known, SENSITIVE).await;
    let (claims, _) = signed_in(&world);
    known.seen_until(Instant::now());
    check(&world, &delicate, &claims).await.unwrap();
    eventually("the knowledge is too old", async || {
        known.age().is_some_and(|age| age > MAX)
    })
    .await;
    let status = check(&world, &delicate, &claims).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Unavailable, "REVOCATIONS_STALE")
    );
    check(&world, &site, &claims).await.unwrap();
    known.seen_until(Instant::now());
    check(&world, &delicate, &claims).await.unwrap();
}

type Message = Result<WatchRevocationsResponse, Status>;

/// An identity that says what it is told, to the newest who asks.
#[derive(Clone, Default)]
struct Identity {
    followers: Arc<Mutex<Vec<mpsc::UnboundedSender<Message>>>>,
}

#[tonic::async_trait]
impl KeyService for Identity {
    type WatchRevocationsStream = BoxStream<'static, Message>;

    async fn list_signing_keys(
        &self,
        _: Request<ListSigningKeysRequest>,
    ) -> Result<Response<ListSigningKeysResponse>, Status> {
        Err(Status::unimplemented("this one only has revocations"))
    }

    async fn watch_revocations(
        &self,
        _: Request<WatchRevocationsRequest>,
    ) -> Result<Response<Self::WatchRevocationsStream>, Status> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.followers.lock().unwrap().push(sender);
        let messages = tokio_stream::wrappers::UnboundedReceiverStream::new(receiver);
        Ok(Response::new(messages.boxed()))
    }
}

impl Identity {
    async fn serve(&self) -> Peer {
        let callers = World::new();
        let listener = rpc::server::bind(&config()).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let server = Server {
            service: "identity",
            config: config(),
            verifier: Verifier::new(Clock::system(), KeySet::new([callers.signer.public_key()])),
            keys: None,
            revocations: None,
            policies: Policies::Declared,
            drain: CancellationToken::new(),
        };
        let routes = Routes::new(KeyServiceServer::new(self.clone()));
        tokio::spawn(server.serve(listener, routes));
        let mut claims = callers.claims();
        claims.kind = access::Kind::Service;
        claims.sub = ids::ServiceKeyId::generate().to_string();
        claims.acc = None;
        claims.perms = vec!["REVOCATIONS_READ".to_owned()];
        let token = callers.signer.sign(&claims).unwrap();
        Peer::to(format!("http://{addr}"), Some(Tokens::fixed(&token))).unwrap()
    }

    async fn has_followers(&self, count: usize) {
        eventually("somebody follows", async || {
            self.followers.lock().unwrap().len() >= count
        })
        .await;
    }

    fn say(&self, revoked: &[SessionId], as_of: Option<DateTime<Utc>>) {
        let message = WatchRevocationsResponse {
            revocations: revoked
                .iter()
                .map(|session| on_the_wire(*session))
                .collect(),
            as_of_time: as_of.map(timestamp),
        };
        let followers = self.followers.lock().unwrap();
        // Nobody is there any more: then nobody hears it.
        let _ = followers.last().unwrap().send(Ok(message));
    }

    /// Ends every stream.
    fn hang_up(&self) {
        for follower in self.followers.lock().unwrap().iter() {
            let _ = follower.send(Err(Status::unavailable("gone for a moment")));
        }
    }
}

fn on_the_wire(session: SessionId) -> wire::Revocation {
    let revocation = ended(session);
    wire::Revocation {
        subject: Some(Subject::SessionId(session.to_string())),
        generation: revocation.generation,
        revoke_time: Some(timestamp(revocation.revoked)),
        expire_time: Some(timestamp(revocation.expires)),
    }
}

fn timestamp(at: DateTime<Utc>) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.timestamp(),
        nanos: at.timestamp_subsec_nanos().cast_signed(),
    }
}

/// A follower of a new identity, and the drain that ends it.
async fn following(max_age: Duration) -> (Identity, Revocations, CancellationToken) {
    let identity = Identity::default();
    let known = revocations(max_age);
    let drain = CancellationToken::new();
    let follower = Follower::new(identity.serve().await, known.clone());
    tokio::spawn(follower.run(drain.clone()));
    identity.has_followers(1).await;
    (identity, known, drain)
}

#[tokio::test]
async fn what_identity_says_counts_once_it_has_said_everything() {
    let world = World::new();
    let (identity, known, _drain) = following(MAX_AGE).await;
    let site = world.site_knowing(&known, TABLE).await;
    let ((early, first), (late, second)) = (signed_in(&world), signed_in(&world));
    identity.say(&[first], None);
    eventually("the first half is known", async || {
        let refused = check(&world, &site, &early).await;
        refused.is_err_and(|status| reason(&status) == "TOKEN_REVOKED")
    })
    .await;
    assert_eq!(known.age(), None, "there may be more");
    identity.say(&[second], Some(Clock::system().now()));
    eventually("all is known", async || known.age().is_some()).await;
    let status = check(&world, &site, &late).await.unwrap_err();
    assert_eq!(reason(&status), "TOKEN_REVOKED");
}

#[tokio::test]
async fn an_interrupted_feed_is_taken_up_again_and_nothing_is_forgotten() {
    let world = World::new();
    let (identity, known, _drain) = following(MAX_AGE).await;
    let site = world.site_knowing(&known, TABLE).await;
    let ((early, first), (late, second)) = (signed_in(&world), signed_in(&world));
    identity.say(&[first], Some(Clock::system().now()));
    eventually("the word arrives", async || known.age().is_some()).await;
    identity.hang_up();
    identity.has_followers(2).await;
    // As an identity might whose database was restored.
    identity.say(&[second], Some(Clock::system().now()));
    eventually("the new word arrives", async || {
        check(&world, &site, &late).await.is_err()
    })
    .await;
    assert!(check(&world, &site, &early).await.is_err());
}

/// The clocks of the two machines differ by an hour, and one is set back.
#[tokio::test]
async fn how_old_the_knowledge_is_does_not_depend_on_the_clocks() {
    let (identity, known, _drain) = following(MAX_AGE).await;
    let there = Clock::system().now() - TimeDelta::hours(1);
    identity.say(&[], Some(there));
    eventually("the word arrives", async || known.age().is_some()).await;
    assert!(known.age().unwrap() < SOON, "{:?}", known.age());
    let then = Instant::now();
    // What says nothing newer makes nothing newer, whenever it arrives.
    identity.say(&[], Some(there));
    identity.say(&[], Some(there - TimeDelta::minutes(10)));
    identity.has_followers(2).await;
    assert!(known.age().unwrap() >= then.elapsed());
    identity.say(&[], Some(there - TimeDelta::minutes(10)));
    eventually("the new clock is believed", async || {
        known.age().unwrap() < then.elapsed()
    })
    .await;
}

#[tokio::test]
async fn a_subject_of_a_later_version_is_passed_over() {
    let (identity, known, _drain) = following(MAX_AGE).await;
    let message = WatchRevocationsResponse {
        revocations: vec![wire::Revocation::default()],
        as_of_time: Some(timestamp(Clock::system().now())),
    };
    identity.followers.lock().unwrap()[0]
        .send(Ok(message))
        .unwrap();
    eventually("the word arrives", async || known.age().is_some()).await;
}
