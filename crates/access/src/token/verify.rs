use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use chrono::{DateTime, TimeDelta, Utc};
use clock::Clock;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use moka::Expiry;
use moka::sync::Cache;
use ring::digest::{SHA256, digest};

use super::claims::{AUDIENCE, Claims, ISSUER, TYPE};
use super::keys::KeySet;
use super::provider;
use super::rejected::Rejected;
use crate::caller::Caller;

/// Longer tokens are refused before anything is decoded.
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// Verified tokens remembered per process, a few hundred bytes each.
const CACHED_TOKENS_MAX: u64 = 100_000;
/// How far another machine's clock may be ahead of ours. Only a token's
/// beginning gets it: an end is an end.
const LEEWAY: TimeDelta = TimeDelta::seconds(10);

/// Verifies access tokens without asking anybody. Clones share keys and cache.
///
/// An Ed25519 signature costs about 60 µs, a cached token about one: the same
/// caller comes back for five minutes. The cache is keyed by a hash, so it
/// holds no token; entries die with the token or with its key.
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    clock: Clock,
    keys: ArcSwap<KeySet>,
    validation: Validation,
    cache: Cache<[u8; 32], Verified>,
}

type Verified = Arc<Entry>;

struct Entry {
    kid: String,
    caller: Arc<Caller>,
    remaining: Duration,
}

/// Drops an entry when its token ends, so that the cache holds live callers.
struct UntilExpiry;

impl Expiry<[u8; 32], Verified> for UntilExpiry {
    fn expire_after_create(&self, _: &[u8; 32], entry: &Verified, _: Instant) -> Option<Duration> {
        Some(entry.remaining)
    }
}

impl Verifier {
    /// A verifier that trusts `keys`; with an empty set it refuses everybody.
    pub fn new(clock: Clock, keys: KeySet) -> Self {
        provider::install();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // The library would ask the machine's clock; ours may be a manual one.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Self(Arc::new(Inner {
            clock,
            keys: ArcSwap::from_pointee(keys),
            validation,
            cache: Cache::builder()
                .max_capacity(CACHED_TOKENS_MAX)
                .expire_after(UntilExpiry)
                .build(),
        }))
    }

    /// Trusts `keys` from now on, and only them.
    pub fn replace_keys(&self, keys: KeySet) {
        self.0.keys.store(Arc::new(keys));
    }

    /// How many keys are trusted; zero means that no token can be valid yet.
    pub fn key_count(&self) -> usize {
        self.0.keys.load().len()
    }

    /// How long until `instant`, by the verifier's clock; zero if it is past.
    pub fn time_left(&self, instant: DateTime<Utc>) -> Duration {
        (instant - self.0.clock.now()).to_std().unwrap_or_default()
    }

    /// The caller behind `token`.
    ///
    /// # Errors
    /// [`Rejected`]. After [`Rejected::UnknownKey`] it may be worth fetching
    /// the keys and asking once more.
    pub fn verify(&self, token: &str) -> Result<Arc<Caller>, Rejected> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(Rejected::TooLong);
        }
        let now = self.0.clock.now();
        let keys = self.0.keys.load();
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        if let Some(entry) = self.0.cache.get(&hash) {
            keys.get(&entry.kid, now).ok_or(Rejected::UnknownKey)?;
            return match now < entry.caller.expires {
                true => Ok(entry.caller.clone()),
                false => Err(Rejected::Expired),
            };
        }
        let (kid, caller) = self.decode(token, &keys, now)?;
        let remaining = (caller.expires - now).to_std().unwrap_or_default();
        let caller = Arc::new(caller);
        let entry = Entry {
            kid,
            caller: caller.clone(),
            remaining,
        };
        self.0.cache.insert(hash, Arc::new(entry));
        Ok(caller)
    }

    fn decode(
        &self,
        token: &str,
        keys: &KeySet,
        now: DateTime<Utc>,
    ) -> Result<(String, Caller), Rejected> {
        let header = decode_header(token).map_err(|_| Rejected::Malformed)?;
        let ours = header.alg == Algorithm::EdDSA
            && header.typ.is_some_and(|typ| typ.eq_ignore_ascii_case(TYPE))
            && header.crit.is_none();
        if !ours {
            return Err(Rejected::Header);
        }
        let kid = header.kid.ok_or(Rejected::Header)?;
        let key = keys.get(&kid, now).ok_or(Rejected::UnknownKey)?;
        let claims = decode::<Claims>(token, key, &self.0.validation)
            .map_err(|error| match error.kind() {
                ErrorKind::InvalidSignature => Rejected::Signature,
                ErrorKind::InvalidIssuer | ErrorKind::InvalidAudience => Rejected::Foreign,
                _ => Rejected::Malformed,
            })?
            .claims;
        let begin = claims.nbf.unwrap_or(claims.iat);
        if begin > (now + LEEWAY).timestamp() {
            return Err(Rejected::Early);
        }
        let caller = claims.into_caller()?;
        match now < caller.expires {
            true => Ok((kid, caller)),
            false => Err(Rejected::Expired),
        }
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier")
            .field("keys", &self.0.keys.load())
            .finish_non_exhaustive()
    }
}
