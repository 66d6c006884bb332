use std::{fmt, str::FromStr};

use redis::{FromRedisValue, Value};

use crate::{Live, LiveError, Partition};

/// A place in a partition's stream: after the entry with this id.
///
/// As text (`1733150000000-0`) for stores that keep it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Offset {
    ms: u64,
    seq: u64,
}

impl Offset {
    /// Before the first entry.
    pub const START: Self = Self { ms: 0, seq: 0 };
}

/// A text that is not `<number>-<number>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a place in a stream")]
pub struct OffsetError;

impl FromStr for Offset {
    type Err = OffsetError;

    fn from_str(text: &str) -> Result<Self, OffsetError> {
        let (ms, seq) = text.split_once('-').ok_or(OffsetError)?;
        Ok(Self {
            ms: ms.parse().map_err(|_| OffsetError)?,
            seq: seq.parse().map_err(|_| OffsetError)?,
        })
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.seq)
    }
}

/// The last entry that the partition no longer has: a follower whose offset is before it has
/// missed events and must say so.
pub async fn forgotten(live: &Live, partition: Partition) -> Result<Offset, LiveError> {
    let key = live.keys().events(partition);
    if !live.command("EXISTS").key(&key).run::<bool>().await? {
        return Ok(Offset::START);
    }
    let info: Vec<Value> = live.command("XINFO").arg("STREAM").key(&key).run().await?;
    let named = info.chunks_exact(2).find_map(|pair| {
        let name = String::from_redis_value_ref(&pair[0]).ok()?;
        (name == "max-deleted-entry-id").then(|| String::from_redis_value_ref(&pair[1]).ok())?
    });
    Ok(named.and_then(|text| text.parse().ok()).unwrap_or(Offset::START))
}

/// How many events the partition keeps: growth means that nobody trims.
pub async fn length(live: &Live, partition: Partition) -> Result<u64, LiveError> {
    live.command("XLEN").key(&live.keys().events(partition)).run().await
}

/// Drops the events up to and including `through`, which every follower must have behind it.
/// For reporting alone. Returns how many went.
pub async fn trim(live: &Live, partition: Partition, through: Offset) -> Result<u64, LiveError> {
    let keep_from = Offset { ms: through.ms, seq: through.seq.saturating_add(1) };
    let key = live.keys().events(partition);
    live.command("XTRIM").key(&key).arg("MINID").arg("=").text(keep_from).run().await
}
