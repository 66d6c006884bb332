use std::collections::BTreeMap;

use live::Partition;
use live::event::Offset;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, Value};

use crate::StoreError;

/// A partition's offset, from where its events were read to the last of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// Which.
    pub partition: Partition,
    /// What was read from.
    pub before: Offset,
    /// What to read from next.
    pub after: Offset,
}

/// The offset of every partition.
///
/// # Errors
///
/// A [`StoreError`]; [`StoreError::Defect`] for a position that is none.
pub async fn load(db: &impl ConnectionTrait) -> Result<BTreeMap<Partition, Offset>, StoreError> {
    let rows = db
        .query_all_raw(statement("SELECT partition, position FROM offsets", []))
        .await?;
    rows.iter()
        .map(|row| {
            let (index, position): (i16, String) =
                (row.try_get("", "partition")?, row.try_get("", "position")?);
            let partition = u16::try_from(index).ok().and_then(Partition::from_index);
            let partition = partition.ok_or_else(|| unreadable("partition"))?;
            let offset = position.parse().map_err(|_| unreadable("position"))?;
            Ok((partition, offset))
        })
        .collect()
}

/// Moves every offset, or says that somebody else did: then nothing of this transaction may stay.
/// Until it ends, nobody else works on these partitions.
///
/// # Errors
///
/// A [`StoreError`].
pub async fn move_all(db: &impl ConnectionTrait, moves: &[Move]) -> Result<bool, StoreError> {
    let listed = |read: fn(&Move) -> String| -> Value {
        moves.iter().map(read).collect::<Vec<_>>().join(",").into()
    };
    let values = [
        listed(|one| one.partition.index().to_string()),
        listed(|one| one.before.to_string()),
        listed(|one| one.after.to_string()),
    ];
    let result = db
        .execute_raw(statement(include_str!("../sql/move_offsets.sql"), values))
        .await?;
    Ok(result.rows_affected() == moves.len() as u64)
}

/// Stops everybody from working on a partition until the transaction ends.
///
/// # Errors
///
/// A [`StoreError`].
pub async fn hold(db: &impl ConnectionTrait, partition: Partition) -> Result<(), StoreError> {
    let hold = "SELECT partition FROM offsets WHERE partition = $1 FOR UPDATE";
    // Below 64.
    let index = partition.index() as i16;
    db.query_one_raw(statement(hold, [index.into()])).await?;
    Ok(())
}

fn statement(sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

fn unreadable(column: &str) -> StoreError {
    StoreError::Defect(DbErr::Type(format!("offsets.{column} cannot be read")))
}
