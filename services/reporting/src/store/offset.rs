//! `offsets`: how far each partition's stream is folded.

use std::collections::BTreeMap;

use live::{Partition, event::Offset};
use sea_orm::ConnectionTrait;

use super::{Unreadable, columns::column, statement};
use crate::error::Error;

/// A partition's offset, from where the batch was read to its last entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// Which.
    pub partition: Partition,
    /// What the batch was read from.
    pub before: Offset,
    /// What to read from next.
    pub after: Offset,
}

/// The offset of every partition.
pub async fn load(db: &impl ConnectionTrait) -> Result<BTreeMap<Partition, Offset>, Error> {
    let rows = db
        .query_all_raw(statement("SELECT partition, position FROM offsets", []))
        .await?;
    rows.iter()
        .map(|row| {
            let (index, position): (i16, String) =
                (row.try_get("", "partition")?, row.try_get("", "position")?);
            let partition = u16::try_from(index).ok().and_then(Partition::from_index);
            let partition = partition.ok_or(Unreadable::new("offsets", "partition"))?;
            let offset = position
                .parse()
                .map_err(|_| Unreadable::new("offsets", "position"))?;
            Ok((partition, offset))
        })
        .collect()
}

/// Moves every offset, or says that somebody else did: then nothing of this transaction may stay.
/// Until it ends, nobody else folds these partitions.
pub(super) async fn move_all(db: &impl ConnectionTrait, moves: &[Move]) -> Result<bool, Error> {
    let values = [
        column(moves, |one| partition_number(one.partition)),
        column(moves, |one| one.before.to_string()),
        column(moves, |one| one.after.to_string()),
    ];
    let result = db
        .execute_raw(statement(include_str!("sql/move_offsets.sql"), values))
        .await?;
    Ok(result.rows_affected() == moves.len() as u64)
}

/// Stops everybody from folding a partition until the transaction ends.
pub(super) async fn hold(db: &impl ConnectionTrait, partition: Partition) -> Result<(), Error> {
    let hold = "SELECT partition FROM offsets WHERE partition = $1 FOR UPDATE";
    db.query_one_raw(statement(hold, [partition_number(partition).into()]))
        .await?;
    Ok(())
}

fn partition_number(partition: Partition) -> i16 {
    // Below 64.
    partition.index() as i16
}
