//! The use cases: run one script; when it says that something must be put right first, put it
//! right and run it again.

mod floor;
mod opening;
mod owner;
mod people;
mod roster;
mod sight;
mod watch;

use std::{sync::Arc, time::Duration};

use clock::Clock;
use ids::AccountId;
use live::Partition;

use crate::{error::Error, live::Store, peers::Plans};

use opening::Epochs;
use roster::Rosters;

pub use owner::run as run_owner;
pub use people::Listing;
pub use sight::Sight;
pub use watch::{Hub, Seen, Watcher};

/// How long things take.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How long a heartbeat keeps a device alive.
    pub device_lease: Duration,
    /// How soon a device must report again.
    pub heartbeat: Duration,
    /// How long a partition rests after Redis lost what says it.
    pub opening: Duration,
    /// How old a confirmed plan may be.
    pub plan_max_age: Duration,
}

/// Everything a request needs. Clones share it.
#[derive(Debug, Clone)]
pub struct App(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    store: Store,
    rosters: Rosters,
    epochs: Epochs,
    hub: Hub,
    clock: Clock,
    settings: Settings,
}

impl App {
    /// On this Redis, with plans from this directory.
    #[must_use]
    pub fn new(store: Store, plans: Plans, hub: Hub, clock: Clock, settings: Settings) -> Self {
        let rosters = Rosters::new(store.clone(), plans, clock.clone(), settings.plan_max_age);
        Self(Arc::new(Shared {
            store,
            rosters,
            epochs: Epochs::default(),
            hub,
            clock,
            settings,
        }))
    }

    /// How long things take.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The time, for checking requests. What happens on the floor goes by Redis `TIME`.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Runs `script`. Refused because the partition is closed, or because somebody or something
    /// is unknown that the plan may know, does what is needed and runs it once more: the usual
    /// case costs one round trip, the first call of an account a few.
    async fn prepared<T, F>(&self, account: AccountId, script: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let (mut opened, mut enrolled) = (false, false);
        loop {
            match script().await {
                Err(Error::PartitionOpening { .. }) if !opened => {
                    opened = true;
                    self.open(Partition::of(account)).await?;
                }
                Err(error) if is_unknown(&error) && !enrolled => {
                    enrolled = true;
                    // Whether this task or another has applied the plan meanwhile: the script
                    // ran before.
                    self.0.rosters.catch_up(account).await?;
                }
                answer => return answer,
            }
        }
    }
}

/// Whether a newer plan could know what the script did not.
fn is_unknown(error: &Error) -> bool {
    matches!(
        error,
        Error::PersonUnknown | Error::DeviceUnknown | Error::QueueUnknown | Error::NotAMember
    )
}
