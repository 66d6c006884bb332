//! The signing keys of this replica, in step with those in the database.

use std::{sync::Arc, time::Duration};

use ::store::{Store, StoreError, Transaction};
use access::{Claims, KeySet, PublicKey, Signer, Verifier};
use arc_swap::ArcSwap;
use chrono::{DateTime, Utc};
use clock::Clock;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use tokio_util::sync::CancellationToken;

use super::vault::{Purpose, Vault};
use crate::{
    domain::signing_key::{self, Duty, Rotation, Schedule},
    error::Error,
    store::{self, signing_key::StoredKey},
};

/// Everybody who makes signing keys takes this lock; the number is ours.
const LOCK: i64 = 0x7369_676e_6b65_7973;
/// Between two attempts while the database does not answer.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Signs access tokens and knows who may verify them.
#[derive(Debug)]
pub struct Keyring {
    store: Store,
    vault: Arc<Vault>,
    verifier: Verifier,
    clock: Clock,
    rotation: Rotation,
    held: ArcSwap<Vec<Held>>,
}

#[derive(Debug, Clone)]
struct Held {
    schedule: Schedule,
    signer: Signer,
}

impl Keyring {
    /// An empty ring; [`Keyring::refresh`] fills it, and from then on keeps `verifier`, which
    /// this process checks its own callers with, in step.
    #[must_use]
    pub fn new(
        store: Store,
        vault: Arc<Vault>,
        verifier: Verifier,
        clock: Clock,
        rotation: Rotation,
    ) -> Self {
        Self {
            store,
            vault,
            verifier,
            clock,
            rotation,
            held: ArcSwap::default(),
        }
    }

    /// The signed token.
    pub fn sign(&self, claims: &Claims, now: DateTime<Utc>) -> Result<String, Error> {
        let held = self.held.load();
        let schedules: Vec<Schedule> = held.iter().map(|key| key.schedule.clone()).collect();
        let chosen = signing_key::signing(&schedules, now).ok_or(Error::NoSigningKey)?;
        let key = held
            .iter()
            .find(|key| key.schedule.key_id == chosen.key_id)
            .ok_or(Error::NoSigningKey)?;
        Ok(key.signer.sign(claims)?)
    }

    /// Whether there is a key to sign with.
    pub fn check(&self) -> Result<(), Error> {
        if self.held.load().is_empty() {
            Err(Error::NoSigningKey)
        } else {
            Ok(())
        }
    }

    /// Every key that a valid token may be signed with, newest first.
    #[must_use]
    pub fn published(&self) -> Vec<PublicKey> {
        let held = self.held.load();
        let published = held.iter().map(|key| PublicKey {
            not_after: key.schedule.retires(&self.rotation),
            ..key.signer.public_key()
        });
        published.collect()
    }

    /// Keeps the ring in step until `drain`.
    pub async fn tend(self: Arc<Self>, every: Duration, drain: CancellationToken) {
        let work = async {
            loop {
                let pause = match self.refresh().await {
                    Ok(()) => every,
                    Err(error) => {
                        tracing::warn!(%error, "cannot look at the signing keys");
                        RETRY_PAUSE.min(every)
                    }
                };
                tokio::time::sleep(pause).await;
            }
        };
        drain.run_until_cancelled(work).await;
    }

    /// Looks at the keys in the database, makes one if it is time, and takes them over.
    pub async fn refresh(&self) -> Result<(), Error> {
        let mut keys = self.published_keys(&self.store).await?;
        if self.duty(&keys) != Duty::Rest {
            keys = self
                .store
                .transaction(async |tx| self.make(&tx).await)
                .await?;
        }
        let mut held = Vec::with_capacity(keys.len());
        for key in keys {
            let id = key.schedule.key_id.as_str();
            let private = self
                .vault
                .open(Purpose::SigningKey, id, &key.sealed_private)?;
            held.push(Held {
                signer: Signer::from_pkcs8(id, &private)?,
                schedule: key.schedule,
            });
        }
        self.held.store(Arc::new(held));
        self.verifier.replace_keys(KeySet::new(self.published()));
        Ok(())
    }

    /// Makes what is due, unless another replica was faster: it looks again under the lock.
    async fn make(&self, tx: &Transaction) -> Result<Vec<StoredKey>, Error> {
        let lock = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_advisory_xact_lock($1)",
            [LOCK.into()],
        );
        tx.execute_raw(lock).await.map_err(StoreError::from)?;
        let now = self.clock.now();
        let keys = self.published_keys(tx).await?;
        let active_from = match self.duty(&keys) {
            Duty::Rest => return Ok(keys),
            Duty::Found => now,
            Duty::Succeed { current, at } => {
                store::signing_key::replace(tx, &current, at).await?;
                at
            }
        };
        store::signing_key::insert(tx, &self.generate(active_from)?, now).await?;
        tracing::info!(%active_from, "made a signing key");
        self.published_keys(tx).await
    }

    fn generate(&self, active_from: DateTime<Utc>) -> Result<StoredKey, Error> {
        let key_id = ids::ServiceKeyId::generate().uuid().simple().to_string();
        let (signer, private) = Signer::generate(key_id.as_str())?;
        let sealed_private = self.vault.seal(Purpose::SigningKey, &key_id, &private)?;
        let schedule = Schedule {
            key_id,
            active_from,
            replaced_at: None,
        };
        Ok(StoredKey {
            schedule,
            public: signer.public_key().bytes,
            sealed_private,
        })
    }

    async fn published_keys(
        &self,
        db: &impl sea_orm::ConnectionTrait,
    ) -> Result<Vec<StoredKey>, Error> {
        store::signing_key::all_since(db, self.clock.now() - self.rotation.tail).await
    }

    fn duty(&self, keys: &[StoredKey]) -> Duty {
        let schedules: Vec<Schedule> = keys.iter().map(|key| key.schedule.clone()).collect();
        signing_key::duty(&schedules, &self.rotation, self.clock.now())
    }
}
