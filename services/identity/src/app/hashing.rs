//! Password hashes: Argon2id, peppered, a bounded number at a time (ID-3).

use std::{fmt, sync::Arc};

use argon2::{
    Algorithm, Argon2, KeyId, Params, ParamsBuilder, PasswordHasher as _, PasswordVerifier as _,
    Version, password_hash::phc::PasswordHash,
};
use tokio::sync::{Semaphore, TryAcquireError};
use zeroize::Zeroizing;

use super::vault::sha256;
use crate::domain::password::Password;

/// How much a hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

/// Hashes and verifies. Clones share the limits.
#[derive(Clone)]
pub struct Hasher(Arc<Inner>);

struct Inner {
    params: Params,
    pepper: Zeroizing<Vec<u8>>,
    former_pepper: Option<Zeroizing<Vec<u8>>>,
    dummy: String,
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
}

/// What a comparison found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Not the password, or there is none.
    Wrong,
    /// The password.
    Right {
        /// Hashed with other parameters or another pepper than today's: hash it again.
        outdated: bool,
    },
}

/// Why there is no hash.
#[derive(Debug, thiserror::Error)]
pub enum HashingError {
    /// As many hashes run and wait as may.
    #[error("as many passwords are being hashed as this service can")]
    Overloaded,
    /// The parameters are out of range, or a stored hash is not one.
    #[error("argon2: {0}")]
    Argon2(argon2::password_hash::Error),
    /// The hash did not finish: the process is stopping.
    #[error("hashing was interrupted")]
    Interrupted,
}

impl Hasher {
    /// A hasher that runs `concurrency` hashes at once and lets `waiting` more wait.
    pub fn new(
        cost: Cost,
        pepper: Zeroizing<Vec<u8>>,
        former_pepper: Option<Zeroizing<Vec<u8>>>,
        concurrency: usize,
        waiting: usize,
    ) -> Result<Self, HashingError> {
        let mut builder = ParamsBuilder::new();
        builder
            .m_cost(cost.memory_kib)
            .t_cost(cost.passes)
            .p_cost(cost.lanes)
            .keyid(key_id(&pepper)?);
        let params = builder
            .build()
            .map_err(|error| HashingError::Argon2(error.into()))?;
        // What unknown people are compared with, so that they cost what known ones cost.
        let dummy = hash(&params, &pepper, b"nobody has this password")?;
        Ok(Self(Arc::new(Inner {
            params,
            pepper,
            former_pepper,
            dummy,
            running: Arc::new(Semaphore::new(concurrency)),
            admitted: Arc::new(Semaphore::new(concurrency + waiting)),
        })))
    }

    /// The PHC string to store: algorithm, parameters, id of the pepper, salt, hash.
    pub async fn hash(&self, password: Password) -> Result<String, HashingError> {
        self.run(move |inner| hash(&inner.params, &inner.pepper, password.as_bytes()))
            .await
    }

    /// Compares `password` with what is stored. Nothing stored, or nothing that could be a
    /// password, takes the same time as a wrong password and is wrong.
    pub async fn verify(
        &self,
        password: Option<Password>,
        stored: Option<String>,
    ) -> Result<Verdict, HashingError> {
        self.run(move |inner| {
            let decoy = stored.is_none() || password.is_none();
            let stored = stored.as_deref().unwrap_or(&inner.dummy);
            let typed = password.as_ref().map_or(b"".as_slice(), Password::as_bytes);
            let verdict = inner.compare(typed, stored)?;
            Ok(if decoy { Verdict::Wrong } else { verdict })
        })
        .await
    }

    /// Hashing is work for a core, not for an async task. The permits travel with the work: a
    /// caller who hangs up does not make room for another before the hash is done.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, HashingError> + Send + 'static,
    ) -> Result<T, HashingError> {
        let admitted =
            self.0
                .admitted
                .clone()
                .try_acquire_owned()
                .map_err(|error| match error {
                    TryAcquireError::NoPermits => HashingError::Overloaded,
                    TryAcquireError::Closed => HashingError::Interrupted,
                })?;
        let running = self
            .0
            .running
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| HashingError::Interrupted)?;
        let inner = self.0.clone();
        let handle = tokio::task::spawn_blocking(move || {
            let _permits = (admitted, running);
            work(&inner)
        });
        handle.await.map_err(|_| HashingError::Interrupted)?
    }
}

impl Inner {
    fn compare(&self, typed: &[u8], stored: &str) -> Result<Verdict, HashingError> {
        let stored =
            PasswordHash::new(stored).map_err(|error| HashingError::Argon2(error.into()))?;
        let params = Params::try_from(&stored).map_err(HashingError::Argon2)?;
        let current = params.keyid() == self.params.keyid();
        let pepper = match (&self.former_pepper, current) {
            (Some(former), false) => former,
            _ => &self.pepper,
        };
        match argon2(&params, pepper)?.verify_password(typed, &stored) {
            Ok(()) => Ok(Verdict::Right {
                outdated: !current || costs(&params) != costs(&self.params),
            }),
            Err(argon2::password_hash::Error::PasswordInvalid) => Ok(Verdict::Wrong),
            Err(error) => Err(HashingError::Argon2(error)),
        }
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher")
            .field("params", &costs(&self.0.params))
            .finish_non_exhaustive()
    }
}

fn hash(params: &Params, pepper: &[u8], password: &[u8]) -> Result<String, HashingError> {
    let hash = argon2(params, pepper)?
        .hash_password(password)
        .map_err(HashingError::Argon2)?;
    Ok(hash.to_string())
}

fn argon2<'a>(params: &Params, pepper: &'a [u8]) -> Result<Argon2<'a>, HashingError> {
    Argon2::new_with_secret(pepper, Algorithm::Argon2id, Version::V0x13, params.clone())
        .map_err(|error| HashingError::Argon2(error.into()))
}

fn costs(params: &Params) -> Cost {
    Cost {
        memory_kib: params.m_cost(),
        passes: params.t_cost(),
        lanes: params.p_cost(),
    }
}

/// Names a pepper in the PHC string without saying anything about it.
fn key_id(pepper: &[u8]) -> Result<KeyId, HashingError> {
    let digest = sha256(&[b"strowger pepper id: ", pepper].concat());
    KeyId::new(&digest[..8]).map_err(|error| HashingError::Argon2(error.into()))
}

#[cfg(test)]
#[path = "hashing_tests.rs"]
mod tests;
