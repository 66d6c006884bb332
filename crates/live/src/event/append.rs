use std::{collections::BTreeMap, sync::LazyLock};

use crate::{Live, LiveError, Script, prelude};

use super::Envelope;

static APPEND: LazyLock<Script> = LazyLock::new(|| {
    Script::with_prelude(
        "live.event_append",
        &[prelude::CORE],
        include_str!("../../lua/event_append.lua"),
    )
});

/// Relays events of an outbox to their streams, in the order given. Returns how many were new.
///
/// Idempotent by event id: every partition remembers the last 1024 ids of each `source`
/// (`identity`, `directory`), so a relay that died before it marked its rows may send them
/// again. A relay must not have more than that many unmarked rows of one partition under way.
pub async fn append(live: &Live, source: &str, events: &[Envelope]) -> Result<u64, LiveError> {
    let mut by_partition = BTreeMap::new();
    for event in events {
        by_partition
            .entry(event.partition())
            .or_insert_with(Vec::new)
            .push(event);
    }
    let mut appended = 0;
    for (partition, events) in by_partition {
        let mut call = live
            .script(&APPEND)
            .key(&live.keys().events(partition))
            .key(&live.keys().key(partition, format_args!("{source}:relayed")));
        for event in events {
            for (_, value) in event.fields() {
                call = call.arg(value);
            }
        }
        appended += call.run::<u64>().await?;
    }
    Ok(appended)
}
