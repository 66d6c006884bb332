//! The settings of identity; `config.toml` documents each.

mod keys;
mod secret;

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use boot::{Invalid, section};
use chrono::TimeDelta;
use serde::Deserialize;
use zeroize::Zeroizing;

use self::{keys::Key, secret::Secret};
use crate::{
    app::hashing::Cost,
    domain::{
        platform_key::PlatformKey,
        signing_key::{MAX_PUBLISHED, Rotation},
    },
};

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where and how to listen.
    pub server: section::Server,
    /// Logs, traces, metrics.
    pub telemetry: section::Telemetry,
    /// The database.
    pub postgres: store::Config,
    /// Where events go and attempts are counted.
    pub redis: live::Config,
    /// Whose word about a client's address is believed.
    pub clients: section::Clients,
    vault: Vault,
    passwords: Passwords,
    /// How second factors show themselves.
    pub factors: Factors,
    /// How long tokens live.
    pub tokens: Tokens,
    signing_keys: SigningKeys,
    /// How long things are kept.
    pub retention: Retention,
    platform_keys: BTreeMap<String, Key>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vault {
    master_key: Secret,
    master_key_file: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Passwords {
    pepper: Secret,
    pepper_file: String,
    former_pepper: Secret,
    former_pepper_file: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    concurrency: usize,
    waiting: usize,
    refusal_millis: u32,
}

/// The `[factors]` section.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Factors {
    /// The name over the codes in people's authenticators.
    pub issuer: String,
}

/// The `[tokens]` section.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    access_seconds: u32,
    service_seconds: u32,
    refresh_seconds: u32,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct SigningKeys {
    service_seconds: u32,
    lead_seconds: u32,
    refresh_seconds: u32,
}

/// The `[retention]` section.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    days: u32,
    sweep_seconds: u32,
}

impl Config {
    /// The 256-bit key that everything sealed hangs on.
    pub fn master_key(&self) -> Result<Zeroizing<[u8; 32]>, Invalid> {
        let text = self
            .vault
            .master_key
            .or_file("vault.master_key", &self.vault.master_key_file)?;
        let text = text.ok_or_else(|| {
            Invalid::new("vault.master_key", "must be set, or vault.master_key_file")
        })?;
        let bytes = BASE64.decode(text.trim_ascii()).map(Zeroizing::new).ok();
        let key = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
        key.map(Zeroizing::new)
            .ok_or_else(|| Invalid::new("vault.master_key", "must be 32 bytes in base64"))
    }

    /// What is mixed into every password hash.
    pub fn pepper(&self) -> Result<Zeroizing<Vec<u8>>, Invalid> {
        const MIN_LEN: usize = 16;
        let pepper = self
            .passwords
            .pepper
            .or_file("passwords.pepper", &self.passwords.pepper_file)?;
        let pepper = pepper.ok_or_else(|| {
            Invalid::new("passwords.pepper", "must be set, or passwords.pepper_file")
        })?;
        if pepper.len() < MIN_LEN {
            return Err(Invalid::new(
                "passwords.pepper",
                format!("must have at least {MIN_LEN} characters"),
            ));
        }
        Ok(pepper)
    }

    /// What was mixed in before.
    pub fn former_pepper(&self) -> Result<Option<Zeroizing<Vec<u8>>>, Invalid> {
        self.passwords.former_pepper.or_file(
            "passwords.former_pepper",
            &self.passwords.former_pepper_file,
        )
    }

    /// What a password hash costs.
    #[must_use]
    pub fn hash_cost(&self) -> Cost {
        let Passwords {
            memory_kib,
            passes,
            lanes,
            ..
        } = self.passwords;
        Cost {
            memory_kib,
            passes,
            lanes,
        }
    }

    /// Hashes at once.
    #[must_use]
    pub fn hash_concurrency(&self) -> usize {
        match self.passwords.concurrency {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            set => set,
        }
    }

    /// Hashes that may wait.
    #[must_use]
    pub fn hash_waiting(&self) -> usize {
        self.passwords.waiting
    }

    /// How long a refused sign-in takes at least.
    #[must_use]
    pub fn refusal(&self) -> Duration {
        Duration::from_millis(self.passwords.refusal_millis.into())
    }

    /// When signing keys change places.
    #[must_use]
    pub fn rotation(&self) -> Rotation {
        /// For clocks that differ and requests under way.
        const SLACK: TimeDelta = TimeDelta::minutes(1);
        Rotation {
            service_life: TimeDelta::seconds(self.signing_keys.service_seconds.into()),
            lead: TimeDelta::seconds(self.signing_keys.lead_seconds.into()),
            tail: self.tokens.longest_life() + SLACK,
        }
    }

    /// How often the signing keys are looked at.
    #[must_use]
    pub fn key_refresh(&self) -> Duration {
        Duration::from_secs(self.signing_keys.refresh_seconds.into())
    }

    /// The keys of the platform.
    pub fn platform_keys(&self) -> Result<Vec<PlatformKey>, Invalid> {
        self.platform_keys
            .iter()
            .map(|(name, key)| key.read(name))
            .collect()
    }
}

impl Tokens {
    /// How long a person's access token lives.
    #[must_use]
    pub fn access_life(self) -> TimeDelta {
        TimeDelta::seconds(self.access_seconds.into())
    }

    /// How long a service key's access token lives.
    #[must_use]
    pub fn service_life(self) -> TimeDelta {
        TimeDelta::seconds(self.service_seconds.into())
    }

    /// How long any access token lives.
    #[must_use]
    pub fn longest_life(self) -> TimeDelta {
        self.access_life().max(self.service_life())
    }

    /// How long a refresh token lives.
    #[must_use]
    pub fn refresh_life(self) -> TimeDelta {
        TimeDelta::seconds(self.refresh_seconds.into())
    }
}

impl Retention {
    /// How long ended sessions and stray attempts are kept.
    #[must_use]
    pub fn life(self) -> TimeDelta {
        TimeDelta::days(self.days.into())
    }

    /// How often is looked for what to forget.
    #[must_use]
    pub fn sweep_every(self) -> Duration {
        Duration::from_secs(self.sweep_seconds.into())
    }
}

impl boot::Settings for Config {
    const DEFAULTS: &'static str = include_str!("../config.toml");

    fn server(&self) -> &section::Server {
        &self.server
    }

    fn telemetry(&self) -> &section::Telemetry {
        &self.telemetry
    }

    /// It publishes the keys itself.
    fn identity(&self) -> Option<&section::Identity> {
        None
    }

    fn validate(&self) -> Result<(), Invalid> {
        self.master_key()?;
        self.pepper()?;
        self.former_pepper()?;
        self.platform_keys()?;
        self.clients.trusted_proxies()?;
        let issuer = &self.factors.issuer;
        if issuer.is_empty() || issuer.chars().count() > 100 || issuer.contains(':') {
            return Err(Invalid::new(
                "factors.issuer",
                "must have 1 to 100 characters and no colon",
            ));
        }
        let (passwords, tokens, keys) = (&self.passwords, &self.tokens, &self.signing_keys);
        let bounds = [
            (
                "passwords.memory_kib",
                passwords.memory_kib,
                19_456,
                1 << 20,
            ),
            ("passwords.passes", passwords.passes, 2, 100),
            ("passwords.lanes", passwords.lanes, 1, 16),
            (
                "passwords.refusal_millis",
                passwords.refusal_millis,
                0,
                2_000,
            ),
            ("tokens.access_seconds", tokens.access_seconds, 30, 3_600),
            ("tokens.service_seconds", tokens.service_seconds, 60, 86_400),
            (
                "tokens.refresh_seconds",
                tokens.refresh_seconds,
                60,
                90 * 86_400,
            ),
            (
                "signing_keys.service_seconds",
                keys.service_seconds,
                10,
                366 * 86_400,
            ),
            ("signing_keys.lead_seconds", keys.lead_seconds, 2, 86_400),
            ("signing_keys.refresh_seconds", keys.refresh_seconds, 1, 600),
            ("retention.days", self.retention.days, 1, 3_650),
            (
                "retention.sweep_seconds",
                self.retention.sweep_seconds,
                1,
                86_400,
            ),
        ];
        for (key, value, min, max) in bounds {
            if !(min..=max).contains(&value) {
                return Err(Invalid::new(key, format!("must be {min} to {max}")));
            }
        }
        if self.rotation().most_published() > MAX_PUBLISHED {
            return Err(Invalid::new(
                "signing_keys.service_seconds",
                format!("must be longer: at most {MAX_PUBLISHED} keys can be published at once"),
            ));
        }
        if keys.lead_seconds <= keys.refresh_seconds {
            return Err(Invalid::new(
                "signing_keys.lead_seconds",
                "must be above signing_keys.refresh_seconds",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
