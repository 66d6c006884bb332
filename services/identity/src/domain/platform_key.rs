//! Keys of the platform itself: the mesh's own services and its telephony edges. They belong to
//! no account and stand in the configuration, as digests.

use access::Permission;
use ids::{EdgeId, ServiceKeyId};
use ring::digest;
use subtle::{ConditionallySelectable, ConstantTimeEq};
use uuid::Uuid;

/// One of them.
#[derive(Debug, Clone)]
pub struct PlatformKey {
    /// The name in the configuration, which the log shows.
    pub name: String,
    /// SHA-256 of the secret. Secrets are long and random, so one round is enough.
    pub secret_sha256: [u8; 32],
    /// A service or an edge.
    pub kind: PlatformKind,
    /// What it may do, in every account.
    pub permissions: Vec<Permission>,
}

/// What kind of caller it signs in. The id follows from the name, so it is the same on every
/// replica and after every restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlatformKind {
    /// A service of the mesh.
    Service,
    /// A telephony edge.
    Edge,
}

impl PlatformKey {
    /// The id of a service key with this name.
    #[must_use]
    pub fn service_id(&self) -> ServiceKeyId {
        ServiceKeyId::from_uuid(self.named_uuid())
    }

    /// The id of an edge with this name.
    #[must_use]
    pub fn edge_id(&self) -> EdgeId {
        EdgeId::from_uuid(self.named_uuid())
    }

    /// A version 8 UUID (RFC 9562): the name's digest, not a time.
    fn named_uuid(&self) -> Uuid {
        let text = format!("strowger platform key {}", self.name);
        let digest = digest::digest(&digest::SHA256, text.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest.as_ref()[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }
}

/// The key with this secret. All are compared, every time and in constant time, so that the
/// time of the answer says nothing about which one was near.
#[must_use]
pub fn find<'a>(keys: &'a [PlatformKey], secret_sha256: &[u8; 32]) -> Option<&'a PlatformKey> {
    let none = u64::MAX;
    let index = keys.iter().zip(0_u64..).fold(none, |found, (key, index)| {
        u64::conditional_select(&found, &index, key.secret_sha256.ct_eq(secret_sha256))
    });
    usize::try_from(index)
        .ok()
        .and_then(|index| keys.get(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, secret: u8) -> PlatformKey {
        let kind = PlatformKind::Service;
        PlatformKey {
            name: name.to_owned(),
            secret_sha256: [secret; 32],
            kind,
            permissions: Vec::new(),
        }
    }

    #[test]
    fn only_the_whole_secret_finds_its_key() {
        let keys = [key("routing", 1), key("presence", 2)];
        assert_eq!(
            find(&keys, &[2; 32]).map(|key| key.name.as_str()),
            Some("presence")
        );
        assert!(find(&keys, &[3; 32]).is_none());
        let mut near = [2; 32];
        near[31] = 3;
        assert!(find(&keys, &near).is_none());
        assert!(find(&[], &[0; 32]).is_none());
    }

    #[test]
    fn an_id_follows_from_the_name_and_nothing_else() {
        assert_eq!(
            key("routing", 1).service_id(),
            key("routing", 9).service_id()
        );
        assert_ne!(
            key("routing", 1).service_id(),
            key("presence", 1).service_id()
        );
    }
}
