//! Servers, signed callers and peers for the tests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use access::{AUDIENCE, Claims, ISSUER, KeySet, Kind, Permission, Signer, Verifier};
use api::access::v1::{Audience, Scope};
use api::policy::Policy;
use chrono::TimeDelta;
use clock::Clock;
use ids::{AccountId, UserId};
use rpc::client::Tokens;
use rpc::method::Policies;
use rpc::revocations::Revocations;
use rpc::{Peer, Server};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::Channel;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::probe::{Probe, Seen};

const CHECK: Policy = Policy {
    path: "/grpc.health.v1.Health/Check",
    permission: Permission::PresenceOwn as i32,
    scope: Scope::Own as i32,
    audience: &[Audience::Person as i32],
    idempotent: true,
    sensitive: false,
    deadline: Some(Duration::from_secs(2)),
    max_request_bytes: 64,
    server_streaming: false,
    client_streaming: false,
};

/// Stand-ins for declared policies, on methods that need no proto of our own.
pub(crate) static TABLE: &[Policy] = &[
    CHECK,
    Policy {
        path: "/grpc.health.v1.Health/Watch",
        deadline: None,
        server_streaming: true,
        ..CHECK
    },
];

/// As if checking one's health were a delicate matter.
pub(crate) static SENSITIVE: &[Policy] = &[Policy {
    sensitive: true,
    ..CHECK
}];

pub(crate) struct World {
    pub(crate) signer: Signer,
}

/// A server in this process.
pub(crate) struct Site {
    pub(crate) addr: SocketAddr,
    pub(crate) seen: Seen,
    pub(crate) drain: CancellationToken,
    pub(crate) serving: JoinHandle<Result<(), rpc::server::Error>>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            signer: Signer::generate("k1").unwrap().0,
        }
    }

    pub(crate) fn verifier(&self) -> Verifier {
        Verifier::new(Clock::system(), KeySet::new([self.signer.public_key()]))
    }

    pub(crate) fn claims(&self) -> Claims {
        let now = Clock::system().now();
        Claims {
            iss: ISSUER.into(),
            aud: AUDIENCE.into(),
            sub: UserId::generate().to_string(),
            acc: Some(AccountId::generate()),
            sid: None,
            kind: Kind::Person,
            roles: vec!["USER".into()],
            perms: vec![],
            own: vec![],
            covers: vec![],
            limited: vec![],
            tp: None,
            generations: access::Generations::default(),
            iat: now.timestamp(),
            nbf: None,
            exp: (now + TimeDelta::minutes(5)).timestamp(),
            jti: "1".into(),
        }
    }

    pub(crate) fn token(&self) -> String {
        self.signer.sign(&self.claims()).unwrap()
    }

    pub(crate) async fn site(&self) -> Site {
        self.site_with(|_| {}, 0).await
    }

    /// A server with changed limits, whose `flaky` method fails first.
    pub(crate) async fn site_with(
        &self,
        change: impl FnOnce(&mut rpc::server::Config),
        failures: u32,
    ) -> Site {
        self.site_that(None, TABLE, change, failures).await
    }

    /// A server that refuses what is revoked.
    pub(crate) async fn site_knowing(
        &self,
        revocations: &Revocations,
        table: &'static [Policy],
    ) -> Site {
        self.site_that(Some(revocations.clone()), table, |_| {}, 0)
            .await
    }

    async fn site_that(
        &self,
        revocations: Option<Revocations>,
        table: &'static [Policy],
        change: impl FnOnce(&mut rpc::server::Config),
        failures: u32,
    ) -> Site {
        let mut config = config();
        change(&mut config);
        let listener = rpc::server::bind(&config).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let seen = Seen::default();
        let probe = Probe {
            seen: seen.clone(),
            failures: Arc::new(AtomicU32::new(failures)),
        };
        let drain = CancellationToken::new();
        let server = Server {
            service: "probe",
            config,
            verifier: self.verifier(),
            keys: None,
            revocations,
            policies: Policies::Table(table),
            drain: drain.clone(),
        };
        let routes = Routes::new(HealthServer::new(probe));
        Site {
            addr,
            seen,
            drain,
            serving: tokio::spawn(server.serve(listener, routes)),
        }
    }

    /// A client with a good token.
    pub(crate) fn client(&self, site: &Site) -> HealthClient<Peer> {
        self.client_with(site, &self.token())
    }

    pub(crate) fn client_with(&self, site: &Site, token: &str) -> HealthClient<Peer> {
        let tokens = Tokens::fixed(token);
        let peer = Peer::to(format!("http://{}", site.addr), Some(tokens)).unwrap();
        HealthClient::new(peer.with_policies(Policies::Table(TABLE)))
    }
}

/// A connection without any of a peer's manners.
pub(crate) async fn bare(addr: SocketAddr) -> HealthClient<Channel> {
    let endpoint = Channel::from_shared(format!("http://{addr}")).unwrap();
    HealthClient::new(endpoint.connect().await.unwrap())
}

pub(crate) fn ask(service: &str) -> HealthCheckRequest {
    HealthCheckRequest {
        service: service.into(),
    }
}

pub(crate) fn fine() -> HealthCheckResponse {
    HealthCheckResponse { status: 1 }
}

pub(crate) fn config() -> rpc::server::Config {
    rpc::server::Config {
        listen: ([127, 0, 0, 1], 0).into(),
        drain_seconds: 5,
        leave_ms: 0,
        max_in_flight: 64,
        max_streams_per_connection: 64,
        max_header_bytes: 16 * 1024,
        keepalive_seconds: 20,
        keepalive_timeout_seconds: 10,
        reflection: false,
        tls: rpc::tls::Config::default(),
    }
}

/// The reason in a status' ErrorInfo.
pub(crate) fn reason(status: &tonic::Status) -> String {
    use tonic_types::StatusExt as _;
    let details = status.get_error_details();
    details
        .error_info()
        .map(|info| info.reason.clone())
        .unwrap_or_default()
}
