use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use api::policy::Policy;
use backon::{BackoffBuilder as _, ExponentialBuilder};
use http::header::AUTHORIZATION;
use http::{Request, Response};
use tokio::time::Instant;
use tonic::Status;
use tonic::body::Body;
use tower::Service;
use tracing::Instrument as _;

use super::attempt::{Failure, Outgoing, Payload, send};
use super::config::Config;
use super::pool::Pool;
use super::resolve::Resolver;
use super::tokens::Tokens;
use crate::body::observe;
use crate::deadline::{self, GRPC_TIMEOUT};
use crate::method::Policies;
use crate::tls;

const RETRY_MIN: Duration = Duration::from_millis(20);
const RETRY_MAX: Duration = Duration::from_millis(500);

/// A peer that cannot be set up from its configuration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An address that cannot be used.
    #[error("{name}.addresses: \"{address}\": {why}")]
    Address {
        /// The peer, which is its section in the configuration.
        name: &'static str,
        /// What was written.
        address: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A TLS file is missing or wrong.
    #[error("{name}.{source}")]
    Tls {
        /// The peer.
        name: &'static str,
        /// Which file.
        source: tls::Error,
    },
    /// The transport refused the settings.
    #[error("{name}: {source}")]
    Transport {
        /// The peer.
        name: &'static str,
        /// Why.
        source: tonic::transport::Error,
    },
}

impl Error {
    pub(super) fn address(name: &'static str, address: &str, why: &'static str) -> Self {
        Self::Address {
            name,
            address: address.to_owned(),
            why,
        }
    }
}

/// Another service, as a transport for its generated clients. Clones share
/// connections.
#[derive(Clone)]
pub struct Peer(Arc<Inner>);

struct Inner {
    name: &'static str,
    pool: Arc<Pool>,
    tokens: Option<Tokens>,
    policies: Policies,
    deadline: Duration,
    retries: usize,
}

impl Peer {
    /// A peer by its configuration. Connects when first used, so that services
    /// may start in any order.
    ///
    /// # Errors
    /// [`Error`] names the setting.
    pub fn new(name: &'static str, config: &Config, tokens: Option<Tokens>) -> Result<Self, Error> {
        let resolver = Resolver::new(name, config)?;
        let endpoints = resolver
            .by_name()
            .map_err(|source| Error::Transport { name, source })?;
        let pool = Arc::new(Pool::new(endpoints));
        tokio::spawn(resolver.run(Arc::downgrade(&pool)));
        Ok(Self(Arc::new(Inner {
            name,
            pool,
            tokens,
            policies: Policies::Declared,
            deadline: Duration::from_millis(config.deadline_ms.max(1)),
            retries: config.retries,
        })))
    }

    /// A peer at one plain-text address; for tests and tools.
    ///
    /// # Errors
    /// [`Error::Address`] if it is not `http://host:port`.
    pub fn to(address: impl Into<String>, tokens: Option<Tokens>) -> Result<Self, Error> {
        Self::new("peer", &Config::plain(address), tokens)
    }

    /// The same peer over the same connections, speaking as somebody else.
    #[must_use]
    pub fn with_tokens(self, tokens: Tokens) -> Self {
        Self(Arc::new(Inner {
            name: self.0.name,
            pool: self.0.pool.clone(),
            tokens: Some(tokens),
            policies: self.0.policies,
            deadline: self.0.deadline,
            retries: self.0.retries,
        }))
    }

    /// The same peer, looking policies up elsewhere; for tests.
    #[must_use]
    pub fn with_policies(self, policies: Policies) -> Self {
        Self(Arc::new(Inner {
            name: self.0.name,
            pool: self.0.pool.clone(),
            tokens: self.0.tokens.clone(),
            policies,
            deadline: self.0.deadline,
            retries: self.0.retries,
        }))
    }
}

impl Service<Request<Body>> for Peer {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let peer = self.0.clone();
        // Every failure is a status, so that callers handle one kind of error.
        Box::pin(async move { Ok(peer.answer(request).await.unwrap_or_else(Status::into_http)) })
    }
}

impl Inner {
    async fn answer(&self, request: Request<Body>) -> Result<Response<Body>, Status> {
        let policy = self.policies.lookup(request.uri().path());
        let name = policy.map_or("unknown", |policy| policy.path.trim_start_matches('/'));
        let span = tracing::info_span!(
            "rpc",
            otel.name = name,
            otel.kind = "client",
            otel.status_code = tracing::field::Empty,
            rpc.system.name = "grpc",
            rpc.method = name,
            rpc.response.status_code = tracing::field::Empty,
            strowger.peer = self.name,
        );
        let response = self
            .limited(request, policy)
            .instrument(span.clone())
            .await
            .unwrap_or_else(Status::into_http);
        Ok(observe(response, span.clone(), move |code| {
            span.record("rpc.response.status_code", code.name());
            if code.is_ours() {
                span.record("otel.status_code", "ERROR");
            }
        }))
    }

    async fn limited(
        &self,
        mut request: Request<Body>,
        policy: Option<&Policy>,
    ) -> Result<Response<Body>, Status> {
        let end = self.end(&request, policy)?;
        // A timer would let whatever is ready at once through.
        if end.is_some_and(|end| end <= Instant::now()) {
            return Err(deadline::passed().into());
        }
        telemetry::propagation::inject(request.headers_mut());
        let streams = policy.is_some_and(|policy| policy.client_streaming);
        let (parts, body) = request.into_parts();
        let mut outgoing = Outgoing {
            uri: parts.uri,
            headers: parts.headers,
            body: Payload::of(body, streams).await?,
        };
        let work = async {
            self.authorize(policy, &mut outgoing).await?;
            self.attempts(policy, end, &mut outgoing).await
        };
        match end {
            None => work.await,
            Some(end) => tokio::time::timeout_at(end, work)
                .await
                .unwrap_or_else(|_| Err(deadline::passed().into())),
        }
    }

    /// The earliest of: what the caller set, what is left of the request being
    /// handled, what the method may take. Streams without any have none.
    fn end(
        &self,
        request: &Request<Body>,
        policy: Option<&Policy>,
    ) -> Result<Option<Instant>, Status> {
        let now = Instant::now();
        let streams = policy.is_some_and(|policy| policy.server_streaming);
        let allowed = policy
            .and_then(|policy| policy.deadline)
            .or((!streams).then_some(self.deadline));
        let asked = deadline::parse(request.headers())?;
        let ends = [asked, allowed].into_iter().flatten();
        Ok(ends
            .filter_map(|limit| now.checked_add(limit))
            .chain(deadline::instant())
            .min())
    }

    async fn authorize(
        &self,
        policy: Option<&Policy>,
        outgoing: &mut Outgoing,
    ) -> Result<(), Status> {
        let open = policy.is_some_and(Policy::is_open);
        if let Some(tokens) = self.tokens.as_ref().filter(|_| !open) {
            let header = tokens.header().await?;
            outgoing.headers.entry(AUTHORIZATION).or_insert(header);
        }
        Ok(())
    }

    async fn attempts(
        &self,
        policy: Option<&Policy>,
        end: Option<Instant>,
        outgoing: &mut Outgoing,
    ) -> Result<Response<Body>, Status> {
        let idempotent = policy.is_some_and(|policy| policy.idempotent);
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(RETRY_MIN)
            .with_max_delay(RETRY_MAX)
            .with_max_times(self.retries)
            .with_jitter()
            .build();
        loop {
            let failure = match self.attempt(end, outgoing).await {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            let repeat = outgoing.body.can_repeat() && failure.is_transient(idempotent);
            let Some(pause) = pauses.next().filter(|_| repeat) else {
                return Err(failure.into_status(self.name));
            };
            // A pause beyond the deadline would only turn the reason into
            // DEADLINE_EXCEEDED.
            if end.is_some_and(|end| Instant::now() + pause >= end) {
                return Err(failure.into_status(self.name));
            }
            tracing::debug!(peer = self.name, status = %failure.status, ?pause, "trying again");
            tokio::time::sleep(pause).await;
        }
    }

    async fn attempt(
        &self,
        end: Option<Instant>,
        outgoing: &mut Outgoing,
    ) -> Result<Response<Body>, Failure> {
        let endpoint = self.pool.pick().ok_or_else(|| Failure {
            status: Status::unavailable("no address"),
            never_sent: true,
            lost: Some("it has no address".to_owned()),
        })?;
        if let Some(end) = end {
            let left = end.saturating_duration_since(Instant::now());
            outgoing
                .headers
                .insert(GRPC_TIMEOUT, deadline::header(left));
        }
        send(&self.pool, &endpoint, outgoing).await
    }
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Peer").field(&self.0.name).finish()
    }
}
