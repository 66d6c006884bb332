use std::collections::HashMap;

use chrono::{DateTime, Utc};
use jsonwebtoken::DecodingKey;

/// A public key as identity publishes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// The `kid` in the header of tokens signed with it.
    pub kid: String,
    /// An Ed25519 public key (RFC 8032).
    pub bytes: [u8; 32],
    /// Tokens signed with it are refused after this instant; `None` while it
    /// is in use.
    pub not_after: Option<DateTime<Utc>>,
}

/// Every key that a valid token may be signed with. Replaced as a whole.
#[derive(Clone, Default)]
pub struct KeySet(HashMap<String, Entry>);

#[derive(Clone)]
struct Entry {
    key: DecodingKey,
    not_after: Option<DateTime<Utc>>,
}

impl KeySet {
    /// A set of these keys; of two with one `kid` the later stays.
    pub fn new(keys: impl IntoIterator<Item = PublicKey>) -> Self {
        let entries = keys.into_iter().map(|key| {
            let entry = Entry {
                // "der" in the library's name; ring wants the raw point.
                key: DecodingKey::from_ed_der(&key.bytes),
                not_after: key.not_after,
            };
            (key.kid, entry)
        });
        Self(entries.collect())
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no token can be valid.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn get(&self, kid: &str, now: DateTime<Utc>) -> Option<&DecodingKey> {
        self.0
            .get(kid)
            .filter(|entry| entry.not_after.is_none_or(|end| now < end))
            .map(|entry| &entry.key)
    }
}

impl std::fmt::Debug for KeySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
