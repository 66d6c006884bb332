use std::fmt;

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::tls;

/// The section that describes how to reach one peer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `http://host:port` or `https://…`, one or more. A host name stands for
    /// all addresses it resolves to.
    pub addresses: Addresses,
    /// Milliseconds to establish a connection.
    pub connect_timeout_ms: u64,
    /// Seconds between pings on a silent connection.
    pub keepalive_seconds: u64,
    /// Milliseconds a call may take whose method declares no deadline and that
    /// is not a stream.
    pub deadline_ms: u64,
    /// How often a call is repeated when repeating is harmless.
    pub retries: usize,
    /// Seconds between two resolutions of host names.
    pub resolve_seconds: u64,
    /// TLS, and with `tls.cert` mTLS.
    pub tls: tls::Config,
}

impl Config {
    /// The usual values, for one plain-text address; for tests and tools.
    pub fn plain(address: impl Into<String>) -> Self {
        Self {
            addresses: Addresses(vec![address.into()]),
            connect_timeout_ms: 1_000,
            keepalive_seconds: 10,
            deadline_ms: 5_000,
            retries: 3,
            resolve_seconds: 10,
            tls: tls::Config::default(),
        }
    }
}

/// Addresses: a list in the file, separated by commas in the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addresses(pub Vec<String>);

impl<'de> Deserialize<'de> for Addresses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Addresses;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of addresses, or one text with commas")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Addresses, E> {
                let parts = text.split(',').map(str::trim);
                Ok(Addresses(
                    parts
                        .filter(|part| !part.is_empty())
                        .map(str::to_owned)
                        .collect(),
                ))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Addresses, A::Error> {
                let mut addresses = Vec::new();
                while let Some(address) = list.next_element()? {
                    addresses.push(address);
                }
                Ok(Addresses(addresses))
            }
        }

        deserializer.deserialize_any(Either)
    }
}
