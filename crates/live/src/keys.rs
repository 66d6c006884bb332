//! The only place that builds the tag of a key.

use std::{fmt, sync::Arc};

use ids::AccountId;
use redis::{RedisWrite, ToRedisArgs};

use crate::config::ConfigError;

/// One of the 64 parts that a deployment is divided into, for good. Everything that one
/// transition touches is in one partition, so in one slot of a Redis Cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition(u16);

impl Partition {
    /// How many there are. Another number would orphan every key there is.
    pub const COUNT: u16 = 64;

    /// Where the little lives that belongs to all partitions.
    pub(crate) const FIRST: Self = Self(0);

    /// Where an account lives.
    #[must_use]
    pub fn of(account: AccountId) -> Self {
        Self::of_bytes(account.uuid().as_bytes())
    }

    /// Where something without an account lives, such as a throttle by address.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        // FNV-1a: written down here because the standard hasher may change between releases.
        let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        // The low bits of FNV are its weakest; fold the high ones in.
        let folded = hash ^ hash >> 32;
        Self((folded % u64::from(Self::COUNT)) as u16)
    }

    /// Every partition, in order.
    pub fn all() -> impl ExactSizeIterator<Item = Self> + DoubleEndedIterator {
        (0..Self::COUNT).map(Self)
    }

    /// Its number, below [`Partition::COUNT`].
    #[must_use]
    pub const fn index(self) -> u16 {
        self.0
    }

    /// The partition with this number, for stores that keep it.
    #[must_use]
    pub const fn from_index(index: u16) -> Option<Self> {
        if index < Self::COUNT {
            Some(Self(index))
        } else {
            None
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{:03}", self.0)
    }
}

/// Makes the keys of a deployment, or of one test. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Keyspace(Arc<str>);

impl Keyspace {
    pub(crate) fn new(namespace: &str) -> Result<Self, ConfigError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if namespace.len() <= 32 && namespace.bytes().all(plain) {
            Ok(Self(namespace.into()))
        } else {
            Err(ConfigError::Namespace)
        }
    }

    /// The key `{<namespace>pNNN}:<rest>`. `rest` starts with the service's name and holds only
    /// constants and machine-made ids: `keys.key(partition, format_args!("routing:call:{id}"))`.
    #[must_use]
    pub fn key(&self, partition: Partition, rest: impl fmt::Display) -> Key {
        let text = format!("{{{}{partition}}}:{rest}", self.0);
        debug_assert!(!text[1..].contains('{'), "a key has one tag: {text}");
        Key { text, partition }
    }

    /// The partition's event stream, shared by all services.
    #[must_use]
    pub fn events(&self, partition: Partition) -> Key {
        self.key(partition, "events")
    }

    /// The partition of a key or channel that this keyspace made.
    #[must_use]
    pub fn partition_of(&self, text: &str) -> Option<Partition> {
        let tag = text.strip_prefix('{')?.split_once('}')?.0;
        let index = tag.strip_prefix(&*self.0)?.strip_prefix('p')?;
        Partition::from_index(index.parse().ok()?)
    }

    /// The pattern that matches the channel `rest` of every partition.
    pub(crate) fn pattern(&self, rest: &str) -> String {
        format!("{{{}p[0-9][0-9][0-9]}}:{rest}", self.0)
    }
}

/// A key or a channel in Redis, made by a [`Keyspace`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    text: String,
    partition: Partition,
}

impl Key {
    /// The partition it is in.
    #[must_use]
    pub fn partition(&self) -> Partition {
        self.partition
    }

    /// As Redis sees it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl ToRedisArgs for Key {
    fn write_redis_args<W: ?Sized + RedisWrite>(&self, out: &mut W) {
        out.write_arg(self.text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_never_changes() {
        let account = |text: &str| Partition::of(text.parse().unwrap()).index();
        assert_eq!(account("acc_00000000000000000000000000"), 28);
        assert_eq!(account("acc_01h455vb4pex5vsknk084sn02q"), 47);
        assert_eq!(Partition::of_bytes(b"").index(), 1);
    }

    #[test]
    fn accounts_spread_over_all_partitions() {
        let mut counts = [0_u32; Partition::COUNT as usize];
        for _ in 0..64_000 {
            counts[Partition::of(AccountId::generate()).index() as usize] += 1;
        }
        assert!(
            counts.iter().all(|count| (800..1200).contains(count)),
            "{counts:?}"
        );
    }

    #[test]
    fn keys_carry_the_tag() {
        let keys = Keyspace::new("t1-").unwrap();
        let partition = Partition::from_index(7).unwrap();
        let key = keys.key(partition, "routing:timers");
        assert_eq!(key.as_str(), "{t1-p007}:routing:timers");
        assert_eq!(keys.partition_of(key.as_str()), Some(partition));
        assert_eq!(keys.pattern("x"), "{t1-p[0-9][0-9][0-9]}:x");
        assert_eq!(Keyspace::new("").unwrap().partition_of(key.as_str()), None);
        assert_eq!(Partition::from_index(64), None);
    }

    #[test]
    fn a_namespace_is_plain() {
        for bad in ["{", "a b", "A", "x}y", "*", &"a".repeat(33)] {
            assert!(Keyspace::new(bad).is_err(), "{bad:?}");
        }
    }
}
