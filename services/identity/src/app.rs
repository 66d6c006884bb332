//! Use cases: read, ask the domain, commit.
//!
//! One file per resource. A use case that changes something takes the transaction it is part
//! of, so that its effect, its audit event and the kept answer of a repeated request happen
//! together or not at all.

pub mod access;
pub mod account;
pub mod audit;
pub mod auth;
pub mod caller;
pub mod challenge;
pub mod device;
pub mod factor;
pub mod hashing;
pub mod import;
pub mod invitation;
pub mod keyring;
pub mod once;
pub mod recovery;
pub mod reset;
pub mod revocation;
pub mod role;
pub mod service_key;
pub mod session;
pub mod sharing;
pub mod sweep;
pub mod throttle;
pub mod token;
pub mod user;
pub mod vault;

use std::{sync::Arc, time::Duration};

use ::store::Store;
use clock::Clock;

use self::{hashing::Hasher, keyring::Keyring, vault::Vault};
use crate::{
    config,
    domain::{network::Network, platform_key::PlatformKey},
    live::throttle::Throttle,
};

/// What every use case works with.
#[derive(Debug)]
pub struct App {
    /// The database.
    pub store: Store,
    /// Seals and derives.
    pub vault: Arc<Vault>,
    /// Hashes passwords.
    pub hasher: Hasher,
    /// How long a refused sign-in takes at least.
    pub refusal: Duration,
    /// Signs tokens.
    pub keyring: Arc<Keyring>,
    /// The time.
    pub clock: Clock,
    /// How long tokens live.
    pub tokens: config::Tokens,
    /// Keys of the platform.
    pub platform_keys: Vec<PlatformKey>,
    /// Slows guessing down.
    pub throttle: Throttle,
    /// Whose word about the client's address is believed.
    pub trusted_proxies: Vec<Network>,
    /// The name over the codes in people's authenticators.
    pub factor_issuer: String,
}
