//! Sections that services share.

mod names;

use access::network::{Network, NetworkError};
use secrecy::SecretString;
use serde::Deserialize;

use crate::Invalid;

pub use names::Names;

pub use rpc::client::Config as Peer;
pub use rpc::server::Config as Server;
pub use telemetry::Config as Telemetry;

/// Where identity is, and who this service is to it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The platform key of this service, with which it calls others and asks
    /// which tokens are revoked.
    pub key_secret: SecretString,
    /// Seconds between two looks at the signing keys.
    pub refresh_seconds: u64,
    /// Seconds without word about revoked tokens after which sensitive methods
    /// are refused.
    pub revocations_max_age_seconds: u64,
    /// How to reach identity.
    pub peer: Peer,
}

/// Whose word about a client's address is believed: the `[clients]` section.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clients {
    trusted_proxies: Names,
}

impl Clients {
    /// Networks of proxies that say in `x-forwarded-for` whom they speak for.
    ///
    /// # Errors
    /// One of them is no network.
    pub fn trusted_proxies(&self) -> Result<Vec<Network>, Invalid> {
        let networks = self.trusted_proxies.iter().map(|text| {
            text.parse().map_err(|error: NetworkError| {
                Invalid::new("clients.trusted_proxies", error.to_string())
            })
        });
        networks.collect()
    }
}
