//! The only place where presence builds keys. The scripts derive the same ones from the tag; a
//! name that changes here changes in `lua/prelude/`.

use ids::{AccountId, QueueId, UserId};
use live::{Key, Keyspace, Partition};
use sha2::{Digest, Sha256};

#[derive(Debug, Clone)]
pub(crate) struct Keys(Keyspace);

impl Keys {
    pub(crate) fn new(space: Keyspace) -> Self {
        Self(space)
    }

    /// The hash of a person.
    pub(crate) fn person(&self, account: AccountId, person: UserId) -> Key {
        self.of(account, format_args!("person:{person}"))
    }

    /// The same, when only the partition is known: a timer names no account.
    pub(crate) fn person_in(&self, partition: Partition, person: UserId) -> Key {
        self.0
            .key(partition, format_args!("presence:person:{person}"))
    }

    /// Everybody of an account, ordered by id.
    pub(crate) fn people(&self, account: AccountId) -> Key {
        self.of(account, format_args!("people:{account}"))
    }

    /// Which plan of an account is wanted and which is applied.
    pub(crate) fn account(&self, account: AccountId) -> Key {
        self.of(account, format_args!("account:{account}"))
    }

    /// The accounts of a partition.
    pub(crate) fn accounts(&self, partition: Partition) -> Key {
        self.0.key(partition, "presence:accounts")
    }

    /// Whose a queue is, its strategy and its turn.
    pub(crate) fn queue(&self, account: AccountId, queue: QueueId) -> Key {
        self.of(account, format_args!("queue:{queue}"))
    }

    /// History, epoch and fence of a partition.
    pub(crate) fn epoch(&self, partition: Partition) -> Key {
        self.0.key(partition, "presence:epoch")
    }

    /// The answer of an operation. Its name is client text, so only its hash goes into the key;
    /// the account and the verb are in it too, so that nobody can meet another's.
    pub(crate) fn operation(&self, account: AccountId, verb: &str, name: &str) -> Key {
        let mut hash = Sha256::new();
        hash.update(account.uuid().as_bytes());
        hash.update(verb);
        hash.update([0]);
        hash.update(name);
        let hash = u128::from_be_bytes(first_half(&hash.finalize()));
        self.of(account, format_args!("operation:{hash:032x}"))
    }

    fn of(&self, account: AccountId, rest: impl std::fmt::Display) -> Key {
        self.0
            .key(Partition::of(account), format_args!("presence:{rest}"))
    }
}

/// 128 bits are enough to meet nobody by chance within the minutes that an answer is kept.
fn first_half(hash: &[u8]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&hash[..16]);
    half
}
