//! Keeps a verifier's keys in step with identity.

use std::sync::Arc;
use std::time::Duration;

use access::{KeySet, PublicKey, Verifier};
use api::identity::v1::key_service_client::KeyServiceClient;
use api::identity::v1::{ListSigningKeysRequest, SigningKey};
use chrono::DateTime;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::peer::Peer;

/// Unknown keys are looked for at most this often, however many tokens with
/// made-up keys arrive.
const REFETCH_PAUSE: Duration = Duration::from_secs(5);
/// Between two attempts while identity does not answer.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Fetches the signing keys. Clones share the rate limit.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    identity: Peer,
    verifier: Verifier,
    /// When keys were last asked for; held while asking.
    asked: Mutex<Option<Instant>>,
}

impl Keys {
    /// Keeps `verifier` in step with `identity`, a peer without tokens.
    pub fn new(identity: Peer, verifier: Verifier) -> Self {
        Self(Arc::new(Inner {
            identity,
            verifier,
            asked: Mutex::new(None),
        }))
    }

    /// Fetches the keys and hands them to the verifier.
    ///
    /// # Errors
    /// What identity answered. The verifier keeps the keys it has.
    pub async fn fetch(&self) -> Result<(), Status> {
        let mut asked = self.0.asked.lock().await;
        *asked = Some(Instant::now());
        self.fetch_now().await
    }

    /// Looks for a key that the verifier does not know, unless somebody did
    /// just now. Everybody who asks meanwhile waits for the same answer.
    pub(crate) async fn refetch(&self) {
        let mut asked = self.0.asked.lock().await;
        if asked.is_some_and(|at| at.elapsed() < REFETCH_PAUSE) {
            return;
        }
        *asked = Some(Instant::now());
        if let Err(status) = self.fetch_now().await {
            tracing::warn!(%status, "cannot look for an unknown signing key");
        }
    }

    /// Fetches every `interval` until `drain`; at once the first time.
    pub async fn run(self, interval: Duration, drain: CancellationToken) {
        let work = async {
            loop {
                let pause = match self.fetch().await {
                    Ok(()) => interval,
                    Err(status) => {
                        tracing::warn!(%status, "cannot fetch the signing keys");
                        RETRY_PAUSE.min(interval)
                    }
                };
                tokio::time::sleep(pause).await;
            }
        };
        drain.run_until_cancelled(work).await;
    }

    async fn fetch_now(&self) -> Result<(), Status> {
        let answer = KeyServiceClient::new(self.0.identity.clone())
            .list_signing_keys(ListSigningKeysRequest {})
            .await?
            .into_inner();
        let keys: Vec<PublicKey> = answer.signing_keys.into_iter().filter_map(read).collect();
        if keys.is_empty() {
            // An empty answer would lock everybody out; what we have is better.
            return Err(Status::unavailable("identity published no usable key"));
        }
        self.0.verifier.replace_keys(KeySet::new(keys));
        Ok(())
    }
}

fn read(key: SigningKey) -> Option<PublicKey> {
    let bytes = key.public_key.as_ref().try_into().ok()?;
    Some(PublicKey {
        kid: key.key_id,
        bytes,
        not_after: key
            .retire_time
            .and_then(|time| DateTime::from_timestamp(time.seconds, 0)),
    })
}
