use std::{collections::HashSet, fmt::Display, sync::Arc, time::Duration};

use chrono::DateTime;
use futures::{StreamExt, stream};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{Key, Live, LiveError, lease::Held};

use super::{
    Due, Fired, Timers,
    redis_side::{self, Page, Settle},
};

/// The longest sleep: what a lost wake-up may cost.
const RECHECK: Duration = Duration::from_secs(1);
/// How soon a timer whose handler failed fires again.
const RETRY: Duration = Duration::from_secs(1);
/// How long a handler may take.
const HANDLER_LIMIT: Duration = Duration::from_secs(10);
/// Timers listed at a time.
const PAGE: usize = 256;
/// Handlers of one partition at a time.
const CONCURRENT: usize = 32;

/// Fires the timers of one partition while its lease is valid, until told to stop.
pub(crate) struct Owner {
    live: Live,
    key: Key,
    held: Held,
    wake: Arc<Notify>,
    /// Those that the last round handled. Seen again unchanged, their transition forgot to
    /// remove them: a defect that must not become a busy loop.
    handled: HashSet<(String, i64)>,
}

impl Owner {
    pub(crate) fn new(timers: &Timers, held: Held, wake: Arc<Notify>) -> Self {
        let key = timers.key(held.partition());
        Self {
            live: timers.live.clone(),
            key,
            held,
            wake,
            handled: HashSet::new(),
        }
    }

    pub(crate) async fn run<H, F, E>(mut self, handle: H, stop: CancellationToken)
    where
        H: Fn(Due) -> F,
        F: Future<Output = Result<Fired, E>>,
        E: Display + Send,
    {
        while !stop.is_cancelled() {
            let pause = self.round(&handle, &stop).await;
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.wake.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Returns how long to sleep.
    async fn round<H, F, E>(&mut self, handle: &H, stop: &CancellationToken) -> Duration
    where
        H: Fn(Due) -> F,
        F: Future<Output = Result<Fired, E>>,
        E: Display + Send,
    {
        // Not the end: a late renewal may revive the lease. `stop` is, when it does not.
        if !self.held.is_valid() {
            return RECHECK;
        }
        match redis_side::due(&self.live, &self.key, PAGE).await {
            Ok(page) => self.fire(page, handle, stop).await,
            Err(error) => {
                tracing::debug!(partition = %self.held.partition(), %error, "timers are late");
                RECHECK
            }
        }
    }

    async fn fire<H, F, E>(&mut self, page: Page, handle: &H, stop: &CancellationToken) -> Duration
    where
        H: Fn(Due) -> F,
        F: Future<Output = Result<Fired, E>>,
        E: Display + Send,
    {
        let none_due = page.due.is_empty();
        let this = &*self;
        let fired: Vec<_> = stream::iter(page.due)
            .map(|timer| this.fire_one(timer, handle, stop))
            .buffer_unordered(CONCURRENT)
            .collect()
            .await;
        self.handled = fired.into_iter().flatten().collect();
        if none_due {
            return page.next.unwrap_or(RECHECK).min(RECHECK);
        }
        // Handling took time, and more may be due by now.
        Duration::ZERO
    }

    /// Returns the timer if its transition should have removed it.
    async fn fire_one<H, F, E>(
        &self,
        timer: (String, i64),
        handle: &H,
        stop: &CancellationToken,
    ) -> Option<(String, i64)>
    where
        H: Fn(Due) -> F,
        F: Future<Output = Result<Fired, E>>,
        E: Display + Send,
    {
        if !self.held.is_valid() || stop.is_cancelled() {
            return None;
        }
        let (partition, member) = (self.held.partition(), timer.0.as_str());
        if self.handled.contains(&timer) {
            tracing::error!(%partition, member, "a handled timer is still armed");
            self.settle(&timer, Settle::RetryIn(RETRY)).await;
            return None;
        }
        let Some(at) = DateTime::from_timestamp_millis(timer.1) else {
            tracing::error!(%partition, member, "a timer is due at no possible time");
            self.settle(&timer, Settle::Remove).await;
            return None;
        };
        let due = Due {
            member: member.to_owned(),
            at,
            lease: self.held.clone(),
        };
        match tokio::time::timeout(HANDLER_LIMIT, handle(due)).await {
            Ok(Ok(Fired::Handled)) => return Some(timer),
            Ok(Ok(Fired::Stale)) => self.settle(&timer, Settle::Remove).await,
            Ok(Err(error)) => {
                tracing::warn!(%partition, member, %error, "a timer failed and fires again");
                self.settle(&timer, Settle::RetryIn(RETRY)).await;
            }
            Err(_) => {
                tracing::warn!(%partition, member, "a timer took too long and fires again");
                self.settle(&timer, Settle::RetryIn(RETRY)).await;
            }
        }
        None
    }

    /// A timer that could not be settled is still due and simply fires again.
    async fn settle(&self, timer: &(String, i64), how: Settle) {
        let settled: Result<bool, LiveError> =
            redis_side::settle(&self.live, &self.key, timer, how).await;
        if let Err(error) = settled {
            tracing::debug!(partition = %self.held.partition(), %error, "a timer was not settled");
        }
    }
}
