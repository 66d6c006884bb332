//! How many events wait to be folded.

use std::sync::LazyLock;

use live::{Live, LiveError, Partition, Script, event::Offset};

static BEHIND: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "reporting.events_behind",
        include_str!("../../lua/events_behind.lua"),
    )
});

/// The highest number that is told of one partition: beyond it, more is no news.
pub const MOST: u64 = 1000;

/// How many events of the partition are after the offset, at most [`MOST`].
pub async fn behind(live: &Live, partition: Partition, offset: Offset) -> Result<u64, LiveError> {
    let call = live.script(&BEHIND).key(&live.keys().events(partition));
    call.text(offset).arg(MOST).run().await
}
