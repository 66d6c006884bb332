//! The access token a service calls others with: its platform key, exchanged
//! at identity and renewed long before it ends.

use std::sync::Arc;
use std::time::Duration;

use api::identity::v1::ExchangeServiceKeyRequest;
use api::identity::v1::auth_service_client::AuthServiceClient;
use arc_swap::ArcSwapOption;
use chrono::{DateTime, Utc};
use clock::Clock;
use fault::Fault;
use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::peer::Peer;

/// A failed exchange is not repeated sooner, whoever asks.
const RETRY_PAUSE: Duration = Duration::from_millis(500);
/// A token with less left than this is not sent: it could end on the way.
const SPARE: chrono::TimeDelta = chrono::TimeDelta::seconds(10);
/// Share of a token's life after which the background renews it.
const RENEW_AFTER: f64 = 0.6;

/// Where a [`Peer`] gets its token. Clones share it.
#[derive(Clone)]
pub struct Tokens(Arc<Source>);

enum Source {
    Fixed(HeaderValue),
    Exchange(Box<Exchange>),
}

struct Exchange {
    identity: Peer,
    secret: SecretString,
    clock: Clock,
    current: ArcSwapOption<Token>,
    /// Held while exchanging, so that a hundred waiting calls cost one.
    last_failure: Mutex<Option<(Instant, Status)>>,
}

struct Token {
    header: HeaderValue,
    begun: DateTime<Utc>,
    expires: DateTime<Utc>,
}

impl Tokens {
    /// Always this token; for tests and tools. A token that no header can
    /// carry is sent as an empty one, which every server refuses.
    pub fn fixed(token: &str) -> Self {
        Self(Arc::new(Source::Fixed(bearer(token))))
    }

    /// Exchanges `secret` at `identity`, a peer without tokens of its own.
    pub fn exchange(identity: Peer, secret: SecretString, clock: Clock) -> Self {
        Self(Arc::new(Source::Exchange(Box::new(Exchange {
            identity,
            secret,
            clock,
            current: ArcSwapOption::empty(),
            last_failure: Mutex::new(None),
        }))))
    }

    /// The `authorization` header to send.
    ///
    /// # Errors
    /// What identity answered; `UNAVAILABLE` if it did not.
    pub async fn header(&self) -> Result<HeaderValue, Status> {
        match self.0.as_ref() {
            Source::Fixed(header) => Ok(header.clone()),
            Source::Exchange(exchange) => exchange.header().await,
        }
    }

    /// Renews the token in the background until `drain`, so that no call waits
    /// for it and an outage of identity shorter than its life goes unnoticed.
    pub async fn run(self, drain: CancellationToken) {
        if let Source::Exchange(exchange) = self.0.as_ref() {
            drain.run_until_cancelled(exchange.keep_fresh()).await;
        }
    }
}

impl Exchange {
    async fn header(&self) -> Result<HeaderValue, Status> {
        if let Some(header) = self.usable() {
            return Ok(header);
        }
        let mut last_failure = self.last_failure.lock().await;
        // Somebody else may have done it while we waited.
        if let Some(header) = self.usable() {
            return Ok(header);
        }
        if let Some((at, status)) = last_failure.as_ref()
            && at.elapsed() < RETRY_PAUSE
        {
            return Err(status.clone());
        }
        match self.renew().await {
            Ok(header) => {
                *last_failure = None;
                Ok(header)
            }
            Err(status) => {
                *last_failure = Some((Instant::now(), status.clone()));
                Err(status)
            }
        }
    }

    fn usable(&self) -> Option<HeaderValue> {
        let token = self.current.load();
        let token = token.as_ref()?;
        (self.clock.now() + SPARE < token.expires).then(|| token.header.clone())
    }

    async fn renew(&self) -> Result<HeaderValue, Status> {
        let request = ExchangeServiceKeyRequest {
            secret: self.secret.expose_secret().to_owned(),
        };
        let answer = AuthServiceClient::new(self.identity.clone())
            .exchange_service_key(request)
            .await
            .map_err(|status| Status::from(Fault::lost("identity", status)))?
            .into_inner();
        let tokens = answer.tokens.unwrap_or_default();
        let expires = tokens
            .access_expire_time
            .and_then(|time| DateTime::from_timestamp(time.seconds, 0))
            .ok_or_else(|| Status::from(Fault::lost("identity", "its token has no end")))?;
        let header = bearer(&tokens.access_token);
        self.current.store(Some(Arc::new(Token {
            header: header.clone(),
            begun: self.clock.now(),
            expires,
        })));
        Ok(header)
    }

    async fn keep_fresh(&self) {
        loop {
            let pause = match self.current.load().as_ref() {
                Some(token) => {
                    let life = (token.expires - token.begun).to_std().unwrap_or_default();
                    let age = (self.clock.now() - token.begun)
                        .to_std()
                        .unwrap_or_default();
                    life.mul_f64(RENEW_AFTER).saturating_sub(age)
                }
                None => Duration::ZERO,
            };
            tokio::time::sleep(pause).await;
            if let Err(status) = self.renew().await {
                tracing::warn!(%status, "cannot renew the service token");
                tokio::time::sleep(RETRY_PAUSE).await;
            }
        }
    }
}

fn bearer(token: &str) -> HeaderValue {
    let mut header =
        HeaderValue::try_from(format!("Bearer {token}")).unwrap_or(HeaderValue::from_static(""));
    header.set_sensitive(true);
    header
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(…)")
    }
}
