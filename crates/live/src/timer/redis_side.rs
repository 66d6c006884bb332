//! What the timer loop asks of Redis.

use std::{sync::LazyLock, time::Duration};

use chrono::{DateTime, Utc};

use crate::{Key, Live, LiveError, Script, prelude};

static ARM: LazyLock<Script> = LazyLock::new(|| {
    Script::with_prelude(
        "live.timer_arm",
        &[prelude::TIMER],
        include_str!("../../lua/timer_arm.lua"),
    )
});
static DUE: LazyLock<Script> = LazyLock::new(|| {
    Script::with_prelude(
        "live.timer_due",
        &[prelude::CORE],
        include_str!("../../lua/timer_due.lua"),
    )
});
static SETTLE: LazyLock<Script> = LazyLock::new(|| {
    Script::with_prelude(
        "live.timer_settle",
        &[prelude::CORE],
        include_str!("../../lua/timer_settle.lua"),
    )
});

/// What is due in a partition, and how long until the next thing is.
pub(crate) struct Page {
    pub(crate) due: Vec<(String, i64)>,
    pub(crate) next: Option<Duration>,
}

/// What happens to a timer that no transition removed.
pub(crate) enum Settle {
    Remove,
    RetryIn(Duration),
}

pub(crate) async fn arm(
    live: &Live,
    key: &Key,
    member: &str,
    at: DateTime<Utc>,
) -> Result<(), LiveError> {
    live.script(&ARM)
        .key(key)
        .arg(member)
        .arg(at.timestamp_millis())
        .run()
        .await
}

pub(crate) async fn due(live: &Live, key: &Key, limit: usize) -> Result<Page, LiveError> {
    let call = live.script(&DUE).key(key).arg(limit);
    let (next_in_ms, due): (i64, Vec<(String, i64)>) = call.run().await?;
    let next = u64::try_from(next_in_ms).ok().map(Duration::from_millis);
    Ok(Page { due, next })
}

/// Applies to the timer as it was seen, armed for `at_ms`; one that was re-armed is left alone.
/// Returns whether it was still there.
pub(crate) async fn settle(
    live: &Live,
    key: &Key,
    (member, at_ms): &(String, i64),
    how: Settle,
) -> Result<bool, LiveError> {
    let call = live.script(&SETTLE).key(key).arg(member).arg(*at_ms);
    match how {
        Settle::Remove => call.arg("").run().await,
        Settle::RetryIn(pause) => call.arg(pause.as_millis() as u64).run().await,
    }
}
