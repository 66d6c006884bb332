//! The calls in Redis, with those that this replica has just seen kept at hand.

use std::{sync::LazyLock, time::Duration};

use ids::{AccountId, CallId, IdError};
use live::{Live, LiveError, Script, prelude, timer::Timers};
use moka::sync::Cache;

use super::{clock::RedisClock, keys};
use crate::domain::{Call, Time};

static REARM: LazyLock<Script> = LazyLock::new(|| {
    let source = include_str!("../../lua/rearm_call.lua");
    Script::with_prelude("routing.rearm_call", &[prelude::TIMER], source)
});

/// Calls kept at hand: some kilobytes each.
const CACHED: u64 = 20_000;
/// How long one that nothing happens to is kept at hand.
const CACHED_FOR: Duration = Duration::from_secs(300);

/// Reads and writes calls.
///
/// A call that this replica has just committed is remembered, so that the next transition needs
/// no read. What is remembered may be old: the commit then says so and brings the new state
/// along. Whoever decides *against* an input on what is remembered must look again.
#[derive(Debug, Clone)]
pub(crate) struct Calls {
    pub(super) live: Live,
    pub(super) timers: Timers,
    pub(super) clock: RedisClock,
    pub(super) edge_lease: Duration,
    cache: Cache<CallId, Stored>,
}

/// A call at one version.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) version: u64,
    pub(crate) call: Call,
}

/// Why a call could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error(transparent)]
    Live(#[from] LiveError),
    #[error("the stored bytes of {call} are not a call")]
    Unreadable {
        call: CallId,
        source: serde_json::Error,
    },
    #[error("a call cannot be written")]
    Unwritable(#[source] serde_json::Error),
    #[error("an arrival leads to something that is not a call")]
    Arrival(#[source] IdError),
}

impl Calls {
    pub(crate) fn new(live: Live, timers: Timers, clock: RedisClock, edge_lease: Duration) -> Self {
        let cache = Cache::builder()
            .max_capacity(CACHED)
            .time_to_idle(CACHED_FOR)
            .build();
        Self {
            live,
            timers,
            clock,
            edge_lease,
            cache,
        }
    }

    /// The time that deadlines are measured in.
    pub(crate) fn now(&self) -> Time {
        self.clock.now()
    }

    /// The call as this replica last saw it.
    pub(crate) fn recall(&self, call: CallId) -> Option<Stored> {
        self.cache.get(&call)
    }

    /// The call as it is.
    pub(crate) async fn load(&self, call: CallId) -> Result<Option<Stored>, StoreError> {
        let key = keys::call(&self.live, call);
        let fields = self
            .live
            .command("HMGET")
            .key(&key)
            .arg("version")
            .arg("bytes");
        let (version, bytes): (Option<u64>, Option<Vec<u8>>) = fields.run().await?;
        match version.zip(bytes) {
            Some((version, bytes)) => Ok(Some(self.read(call, version, &bytes)?)),
            None => {
                self.forget(call);
                Ok(None)
            }
        }
    }

    /// Live calls of an account that arrived after this one, oldest first.
    pub(crate) async fn list(
        &self,
        account: AccountId,
        after: Option<(Time, CallId)>,
        limit: usize,
    ) -> Result<Vec<CallId>, LiveError> {
        let key = keys::calls(&self.live, account);
        let from = after.map_or_else(|| "-inf".to_owned(), |(time, _)| time.millis().to_string());
        let mut page = Vec::with_capacity(limit);
        let mut skipped = 0;
        // Calls of the same millisecond come in the order of their ids: those up to the last one
        // shown are read again, and passed over.
        loop {
            let command = self.live.command("ZRANGE").key(&key).arg(&from).arg("+inf");
            let command = command.arg("BYSCORE").arg("LIMIT").arg(skipped).arg(limit);
            let members: Vec<(String, f64)> = command.arg("WITHSCORES").run().await?;
            skipped += members.len();
            let full = members.len() == limit;
            page.extend(members.into_iter().filter_map(|(member, arrived)| {
                let call: CallId = member.parse().ok()?;
                let place = (Time::from_millis(arrived as i64), call);
                after.is_none_or(|after| place > after).then_some(call)
            }));
            if page.len() >= limit || !full {
                page.truncate(limit);
                return Ok(page);
            }
        }
    }

    /// Moves the timer of a call that was looked at and needs nothing before then.
    pub(crate) async fn rearm(&self, stored: &Stored, at: Option<Time>) -> Result<(), LiveError> {
        let id = stored.call.id;
        let timers = self.timers.key(keys::partition_of(id));
        let script = self
            .live
            .script(&REARM)
            .key(&keys::call(&self.live, id))
            .key(&timers);
        script
            .text(id)
            .arg(stored.version)
            .arg(deadline(at))
            .run::<u8>()
            .await
            .map(drop)
    }

    pub(super) fn remember(&self, stored: &Stored) {
        self.cache.insert(stored.call.id, stored.clone());
    }

    pub(super) fn forget(&self, call: CallId) {
        self.cache.invalidate(&call);
    }

    pub(super) fn read(
        &self,
        call: CallId,
        version: u64,
        bytes: &[u8],
    ) -> Result<Stored, StoreError> {
        let decoded = serde_json::from_slice(bytes);
        let decoded = decoded.map_err(|source| StoreError::Unreadable { call, source })?;
        let stored = Stored {
            version,
            call: decoded,
        };
        self.remember(&stored);
        Ok(stored)
    }
}

/// As the scripts take it: nothing for no timer.
pub(super) fn deadline(at: Option<Time>) -> String {
    at.map_or_else(String::new, |at| at.millis().to_string())
}
