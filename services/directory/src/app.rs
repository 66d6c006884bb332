//! Use cases: read, decide, commit.
//!
//! Every change to a resource of any kind goes through [`edit`]; every read of one through
//! [`read`]. A file named after a resource holds what only that resource can do.

pub mod absence;
pub mod account;
pub mod audit;
pub mod caller;
pub mod edit;
mod extension;
mod number;
pub mod plan;
mod read;
mod schedule;
pub mod split;
mod sweep;
pub mod watch;

use std::sync::Arc;

use chrono::TimeDelta;
use clock::Clock;
use store::Store;

use self::{plan::Plans, watch::Watch};
use crate::peers::identity::Identity;

/// What use cases work with. Clones are the same.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: Store,
    identity: Identity,
    clock: Clock,
    plans: Plans,
    watch: Watch,
    account_refresh: TimeDelta,
}

impl App {
    /// Puts it together. `cached_plans` is how many plans are kept in memory.
    #[must_use]
    pub fn new(
        store: Store,
        identity: Identity,
        clock: Clock,
        account_refresh: TimeDelta,
        cached_plans: u64,
    ) -> Self {
        let (plans, watch) = (Plans::new(cached_plans), Watch::new());
        Self(Arc::new(Inner {
            store,
            identity,
            clock,
            plans,
            watch,
            account_refresh,
        }))
    }

    /// What watchers of plans listen to.
    #[must_use]
    pub fn watch(&self) -> &Watch {
        &self.0.watch
    }
}
