//! Keys and tokens from an identity that is only as real as it must be.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use access::{KeySet, Signer, Verifier};
use api::identity::v1::key_service_server::{KeyService, KeyServiceServer};
use api::identity::v1::{
    ExchangeServiceKeyRequest, ExchangeServiceKeyResponse, ListSigningKeysRequest,
    ListSigningKeysResponse, SigningKey, Tokens as TokenPair, WatchRevocationsRequest,
    WatchRevocationsResponse,
};
use chrono::TimeDelta;
use clock::Clock;
use futures::stream::BoxStream;
use rpc::client::Tokens;
use rpc::client::keys::Keys;
use rpc::method::Policies;
use rpc::{Peer, Server};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::service::Routes;
use tonic::{Request, Response, Status};
use tonic_health::pb::health_server::HealthServer;

use crate::probe::{Probe, Seen};
use crate::world::{Site, TABLE, World, ask, bare, config, reason};

type BoxFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// Publishes one key and counts how often it is asked.
#[derive(Clone)]
struct Identity {
    signer: Signer,
    asked: Arc<AtomicU32>,
}

#[tonic::async_trait]
impl KeyService for Identity {
    type WatchRevocationsStream = BoxStream<'static, Result<WatchRevocationsResponse, Status>>;

    async fn watch_revocations(
        &self,
        _: Request<WatchRevocationsRequest>,
    ) -> Result<Response<Self::WatchRevocationsStream>, Status> {
        Err(Status::unimplemented("this one only has keys"))
    }

    async fn list_signing_keys(
        &self,
        _: Request<ListSigningKeysRequest>,
    ) -> Result<Response<ListSigningKeysResponse>, Status> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let key = self.signer.public_key();
        Ok(Response::new(ListSigningKeysResponse {
            signing_keys: vec![SigningKey {
                key_id: key.kid,
                public_key: key.bytes.to_vec().into(),
                retire_time: None,
            }],
        }))
    }
}

/// A served identity and a verifier, still without keys, that follows it.
async fn identity(world: &World) -> (Identity, Keys, Verifier) {
    let identity = Identity {
        signer: world.signer.clone(),
        asked: Arc::default(),
    };
    let listener = rpc::server::bind(&config()).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let server = Server {
        service: "identity",
        config: config(),
        verifier: world.verifier(),
        keys: None,
        revocations: None,
        policies: Policies::Declared,
        drain: CancellationToken::new(),
    };
    let routes = Routes::new(KeyServiceServer::new(identity.clone()));
    tokio::spawn(server.serve(listener, routes));
    let verifier = Verifier::new(Clock::system(), KeySet::default());
    let peer = Peer::to(format!("http://{addr}"), None).unwrap();
    let keys = Keys::new(peer, verifier.clone());
    (identity, keys, verifier)
}

async fn follower(keys: Keys, verifier: Verifier) -> Site {
    let listener = rpc::server::bind(&config()).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let drain = CancellationToken::new();
    let seen = Seen::default();
    let server = Server {
        service: "probe",
        config: config(),
        verifier,
        keys: Some(keys),
        revocations: None,
        policies: Policies::Table(TABLE),
        drain: drain.clone(),
    };
    let probe = Probe {
        seen: seen.clone(),
        failures: Arc::default(),
    };
    let routes = Routes::new(HealthServer::new(probe));
    Site {
        addr,
        seen,
        drain,
        serving: tokio::spawn(server.serve(listener, routes)),
    }
}

#[tokio::test]
async fn an_unknown_key_is_fetched_once_and_made_up_ones_cause_no_storm() {
    let world = World::new();
    let (identity, keys, verifier) = identity(&world).await;
    let site = follower(keys, verifier).await;
    // Nothing known yet: the first caller makes the service look.
    world.client(&site).check(ask("")).await.unwrap();
    assert_eq!(identity.asked.load(Ordering::SeqCst), 1);

    let stranger = Signer::generate("k-made-up").unwrap().0;
    let forged = stranger.sign(&world.claims()).unwrap();
    let mut client = world.client_with(&site, &forged);
    for _ in 0..20 {
        let status = client.check(ask("")).await.unwrap_err();
        assert_eq!(reason(&status), "TOKEN_INVALID");
    }
    assert_eq!(identity.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn keys_are_followed_in_the_background() {
    let world = World::new();
    let (identity, keys, verifier) = identity(&world).await;
    let drain = CancellationToken::new();
    let work = tokio::spawn(keys.run(Duration::from_millis(20), drain.clone()));
    tokio::time::timeout(Duration::from_secs(2), async {
        while verifier.key_count() == 0 || identity.asked.load(Ordering::SeqCst) < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("no keys arrived");
    drain.cancel();
    work.await.unwrap();
}

#[tokio::test]
async fn a_thousand_callers_with_made_up_keys_cause_one_fetch_per_pause() {
    const CALLERS: u32 = 20;
    const TOKENS_EACH: u32 = 50;
    /// What `client::keys` promises.
    const PAUSE_SECONDS: u64 = 5;
    let world = World::new();
    let (identity, keys, verifier) = identity(&world).await;
    let site = follower(keys, verifier).await;
    let begun = std::time::Instant::now();
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..CALLERS {
        let (claims, mut client) = (world.claims(), bare(site.addr).await);
        callers.spawn(async move {
            for number in 0..TOKENS_EACH {
                // Each with a key of its own: remembering refused ones would not help.
                let kid = format!("k-made-up-{caller}-{number}");
                let forged = Signer::generate(kid).unwrap().0.sign(&claims).unwrap();
                let mut request = Request::new(ask(""));
                let header = format!("Bearer {forged}").parse().unwrap();
                request.metadata_mut().insert("authorization", header);
                let status = client.check(request).await.unwrap_err();
                assert_eq!(reason(&status), "TOKEN_INVALID");
            }
        });
    }
    while let Some(outcome) = callers.join_next().await {
        outcome.unwrap();
    }
    let allowed = 1 + begun.elapsed().as_secs() / PAUSE_SECONDS;
    let asked = u64::from(identity.asked.load(Ordering::SeqCst));
    assert!((1..=allowed).contains(&asked), "{asked} fetches");
    // Whoever comes with a good token is not kept waiting by them.
    world.client(&site).check(ask("")).await.unwrap();
}

/// Only ExchangeServiceKey of AuthService: hands out tokens of 30 minutes for
/// one secret, slowly.
#[derive(Clone)]
struct Exchange {
    world: Arc<World>,
    hands: clock::Manual,
    asked: Arc<AtomicU32>,
}

impl NamedService for Exchange {
    const NAME: &'static str = "strowger.identity.v1.AuthService";
}

impl UnaryService<ExchangeServiceKeyRequest> for Exchange {
    type Response = ExchangeServiceKeyResponse;
    type Future = BoxFuture<Response<ExchangeServiceKeyResponse>, Status>;

    fn call(&mut self, request: Request<ExchangeServiceKeyRequest>) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            let number = this.asked.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(30)).await;
            if request.get_ref().secret != "s3cret" {
                return Err(Status::unauthenticated("unknown key"));
            }
            let mut claims = this.world.claims();
            claims.jti = number.to_string();
            Ok(Response::new(ExchangeServiceKeyResponse {
                tokens: Some(TokenPair {
                    access_token: this.world.signer.sign(&claims).unwrap(),
                    access_expire_time: Some(prost_types::Timestamp {
                        seconds: this.hands.now().timestamp() + 1_800,
                        nanos: 0,
                    }),
                    ..TokenPair::default()
                }),
            }))
        })
    }
}

impl tower::Service<http::Request<Body>> for Exchange {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<http::Response<Body>, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            let codec = tonic_prost::ProstCodec::default();
            Ok(Grpc::new(codec).unary(this, request).await)
        })
    }
}

async fn exchange(secret: &str) -> (Exchange, Tokens) {
    let hands = Clock::manual(Clock::system().now());
    let exchange = Exchange {
        world: Arc::new(World::new()),
        hands: hands.clone(),
        asked: Arc::default(),
    };
    let listener = rpc::server::bind(&config()).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let server = Server {
        service: "identity",
        config: config(),
        verifier: exchange.world.verifier(),
        keys: None,
        revocations: None,
        policies: Policies::Declared,
        drain: CancellationToken::new(),
    };
    tokio::spawn(server.serve(listener, Routes::new(exchange.clone())));
    let peer = Peer::to(format!("http://{addr}"), None).unwrap();
    (
        exchange,
        Tokens::exchange(peer, secret.into(), hands.clock()),
    )
}

#[tokio::test]
async fn a_service_key_is_exchanged_once_and_again_before_its_token_ends() {
    let (exchange, tokens) = exchange("s3cret").await;
    let waiting = (0..50).map(|_| tokens.header());
    let headers = futures::future::try_join_all(waiting).await.unwrap();
    assert_eq!(exchange.asked.load(Ordering::SeqCst), 1);
    assert!(headers.iter().all(|header| header == headers[0]));

    // Ten seconds before the end it would end on the way.
    exchange.hands.advance(TimeDelta::seconds(1_790));
    let renewed = tokens.header().await.unwrap();
    assert_ne!(renewed, headers[0]);
    assert_eq!(exchange.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_refused_key_does_not_hammer_identity() {
    let (exchange, tokens) = exchange("wrong").await;
    for _ in 0..20 {
        let status = tokens.header().await.unwrap_err();
        assert_eq!(reason(&status), "DEPENDENCY_UNAVAILABLE");
    }
    assert_eq!(exchange.asked.load(Ordering::SeqCst), 1);
}
