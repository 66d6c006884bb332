//! Every key of routing, and the partition that every call id carries.
//!
//! A call lives in the partition of its account. So that whoever has only the call's id finds
//! it without looking anything up, the low six bits of the id's last byte *are* the partition;
//! 56 random bits and the time keep it unique. Leg ids end in the same byte.

use ids::{AccountId, CallId, EdgeId, QueueId};
use live::{Key, Live, Partition};
use sha2::{Digest, Sha256};
use uuid::Uuid;

const PARTITION_BITS: u128 = 0b11_1111;

/// A new call id in this partition.
pub(crate) fn new_call(partition: Partition) -> CallId {
    let random = CallId::generate().uuid().as_u128();
    let bits = (random & !PARTITION_BITS) | u128::from(partition.index());
    CallId::from_uuid(Uuid::from_u128(bits))
}

/// Where a call lives. Any six bits are a partition, so an invented id leads to a place where
/// there is no such call.
pub(crate) fn partition_of(call: CallId) -> Partition {
    let index = (call.uuid().as_u128() & PARTITION_BITS) as u16;
    Partition::from_index(index).unwrap_or_else(|| Partition::of_bytes(&[]))
}

/// The call's hash: `version`, `bytes`, `operations`, `seq`.
pub(crate) fn call(live: &Live, call: CallId) -> Key {
    live.keys()
        .key(partition_of(call), format_args!("routing:call:{call}"))
}

/// Which call an arrival became. The edge's id of the call is its own text, so it goes in as a
/// digest.
pub(crate) fn arrival(live: &Live, partition: Partition, edge: EdgeId, edge_call: &str) -> Key {
    let digest = Sha256::digest(edge_call.as_bytes());
    let short = u128::from_be_bytes(digest.first_chunk().copied().unwrap_or_default());
    live.keys().key(
        partition,
        format_args!("routing:arrival:{edge}:{short:032x}"),
    )
}

/// The live calls of an account, by arrival.
pub(crate) fn calls(live: &Live, account: AccountId) -> Key {
    live.keys().key(
        Partition::of(account),
        format_args!("routing:calls:{account}"),
    )
}

/// The callers waiting in a queue, first come first.
pub(crate) fn line(live: &Live, partition: Partition, queue: QueueId) -> Key {
    live.keys()
        .key(partition, format_args!("routing:line:{queue}"))
}

/// The commands that an edge has not acknowledged.
pub(crate) fn commands(live: &Live, partition: Partition, edge: EdgeId) -> Key {
    live.keys()
        .key(partition, format_args!("routing:edge:{edge}"))
}

/// The calls of an edge, by when it last said that they live.
pub(crate) fn edge_calls(live: &Live, partition: Partition, edge: EdgeId) -> Key {
    live.keys()
        .key(partition, format_args!("routing:edge_calls:{edge}"))
}

/// Which of an edge's Attach streams is the current one.
pub(crate) fn attachment(live: &Live, edge: EdgeId) -> Key {
    let partition = Partition::of_bytes(edge.uuid().as_bytes());
    live.keys()
        .key(partition, format_args!("routing:attachment:{edge}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_id_carries_its_partition() {
        for partition in Partition::all() {
            let call = new_call(partition);
            assert_eq!(partition_of(call), partition);
            assert_eq!(call.uuid().get_version_num(), 7);
        }
    }
}
