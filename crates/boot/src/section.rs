//! Sections that services share.

use secrecy::SecretString;
use serde::Deserialize;

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
