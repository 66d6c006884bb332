use std::{fmt, str::FromStr, sync::LazyLock};

use crate::{Key, Live, LiveError, Partition, Script};

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

static TRIM: LazyLock<Script> =
    LazyLock::new(|| Script::new("live.event_trim", include_str!("../../lua/event_trim.lua")));

/// Up to where the partition has been trimmed: a follower whose offset is before it has missed
/// events and must say so.
pub async fn trimmed(live: &Live, partition: Partition) -> Result<Offset, LiveError> {
    let mark: Option<String> = live
        .command("GET")
        .key(&mark(live, partition))
        .run()
        .await?;
    Ok(mark
        .and_then(|text| text.parse().ok())
        .unwrap_or(Offset::START))
}

/// How many events the partition keeps: growth means that nobody trims.
pub async fn length(live: &Live, partition: Partition) -> Result<u64, LiveError> {
    live.command("XLEN")
        .key(&live.keys().events(partition))
        .run()
        .await
}

/// Whether the partition keeps an event after one place, up to and including another.
pub async fn any_between(
    live: &Live,
    partition: Partition,
    after: Offset,
    through: Offset,
) -> Result<bool, LiveError> {
    if after >= through {
        return Ok(false);
    }
    let call = live
        .command("XRANGE")
        .key(&live.keys().events(partition))
        .arg(format!("({after}"))
        .arg(through.to_string())
        .arg("COUNT")
        .arg(1);
    let found: Vec<(String, Vec<Vec<u8>>)> = call.run().await?;
    Ok(!found.is_empty())
}

/// Drops the events up to and including `through`, which every follower must have behind it.
/// For reporting alone. Returns how many went.
pub async fn trim(live: &Live, partition: Partition, through: Offset) -> Result<u64, LiveError> {
    let keep_from = Offset {
        ms: through.ms,
        seq: through.seq.saturating_add(1),
    };
    let call = live
        .script(&TRIM)
        .key(&live.keys().events(partition))
        .key(&mark(live, partition));
    call.text(keep_from).text(through).run().await
}

/// Redis remembers the last entry that XDEL deleted, but not what XTRIM dropped.
fn mark(live: &Live, partition: Partition) -> Key {
    live.keys().key(partition, "events:trimmed")
}
