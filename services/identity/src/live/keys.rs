//! The only place where identity builds keys.

use ::live::{Key, Keyspace, Partition};

/// What attempts are counted against.
#[derive(Debug, Clone)]
pub enum Bucket {
    /// A login on any device that is not known.
    Login([u8; 32]),
    /// A login on one device that signed in before.
    Device([u8; 32]),
    /// The second factor of a person on any device that is not known.
    Factor([u8; 32]),
    /// The second factor of a person on one device that signed in before.
    FactorDevice([u8; 32]),
    /// Requests for a mail to one address.
    Reset([u8; 32]),
    /// A network.
    Network(String),
    /// All attempts there are.
    Everywhere,
}

impl Bucket {
    /// `{pNNN}:identity:attempts:<kind>:<hex>`. Networks are written by us, logins are digests:
    /// nothing that somebody typed gets into a key.
    #[must_use]
    pub fn key(&self, space: &Keyspace) -> Key {
        let (kind, bytes) = match self {
            Self::Login(digest) => ("login", digest.as_slice()),
            Self::Device(digest) => ("device", digest.as_slice()),
            Self::Factor(digest) => ("factor", digest.as_slice()),
            Self::FactorDevice(digest) => ("factor-device", digest.as_slice()),
            Self::Reset(digest) => ("reset", digest.as_slice()),
            Self::Network(network) => ("network", network.as_bytes()),
            Self::Everywhere => ("everywhere", b"".as_slice()),
        };
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        space.key(
            Partition::of_bytes(bytes),
            format_args!("identity:attempts:{kind}:{hex}"),
        )
    }
}
