//! Plans, applied: Redis knows everybody in them, in the places they give.

use std::{sync::Arc, time::Duration};

use clock::Clock;
use futures::{StreamExt, TryStreamExt, stream};
use ids::AccountId;
use tokio::{sync::Mutex, time::Instant};

use crate::{domain::Roster, error::Error, live::Store, peers::Plans};

/// Scripts under way at once: they share one connection and one round trip's time.
const CONCURRENT: usize = 32;
/// Accounts whose last roster is kept to compare with; more only cost more scripts.
const KEPT: u64 = 10_000;

/// Brings Redis up to the directory's plans.
#[derive(Debug)]
pub(super) struct Rosters {
    store: Store,
    plans: Plans,
    clock: Clock,
    max_age: Duration,
    last: moka::sync::Cache<AccountId, Arc<Mutex<Option<Applied>>>>,
}

/// What this process has applied of an account, to apply only what changed.
#[derive(Debug)]
struct Applied {
    roster: Arc<Roster>,
    day: String,
}

impl Rosters {
    pub(super) fn new(store: Store, plans: Plans, clock: Clock, max_age: Duration) -> Self {
        Self {
            store,
            plans,
            clock,
            max_age,
            last: moka::sync::Cache::new(KEPT),
        }
    }

    pub(super) fn plans(&self) -> &Plans {
        &self.plans
    }

    /// The account's plan is applied, as this process knows it.
    pub(super) async fn ensure(&self, account: AccountId) -> Result<(), Error> {
        let now = Instant::now();
        self.apply(account, now.checked_sub(self.max_age).unwrap_or(now))
            .await
    }

    /// The account's plan, as this process knows it.
    pub(super) async fn of(&self, account: AccountId) -> Result<Arc<Roster>, Error> {
        let now = Instant::now();
        let not_before = now.checked_sub(self.max_age).unwrap_or(now);
        self.plans.roster(account, not_before).await
    }

    /// Somebody or something is unknown: they may be so new that their announcement is on its
    /// way, so the directory is asked.
    pub(super) async fn catch_up(&self, account: AccountId) -> Result<(), Error> {
        self.apply(account, Instant::now()).await
    }

    /// Applies the account's plan if Redis has an older one, or the account's day has changed.
    async fn apply(&self, account: AccountId, not_before: Instant) -> Result<(), Error> {
        // One at a time for each account: a burst after a loss costs one application.
        let slot = self.last.get_with(account, Arc::default);
        let mut last = slot.lock().await;
        let roster = self.plans.roster(account, not_before).await?;
        let day = roster.day(self.clock.now());
        let known = self.store.applied_plan(account).await?;
        let base = last.as_ref().filter(|base| base.roster.version == known);
        if known > roster.version
            || base.is_some_and(|base| known == roster.version && base.day == day)
        {
            return Ok(());
        }
        // Another replica has applied it; what that replica does not do is the day's turn.
        if known == roster.version && base.is_none() && day.is_empty() {
            *last = Some(Applied { roster, day });
            return Ok(());
        }
        match self.write(&roster, base, &day).await {
            // A newer plan is on its way into Redis, and everybody in this one is or was there.
            Ok(()) | Err(Error::PlanStale) => {}
            Err(error) => return Err(error),
        }
        *last = Some(Applied { roster, day });
        Ok(())
    }

    async fn write(&self, roster: &Roster, base: Option<&Applied>, day: &str) -> Result<(), Error> {
        let Roster {
            account,
            version,
            people,
            queues,
            ..
        } = roster;
        let (account, version) = (*account, *version);
        self.store.begin_plan(account, version, queues).await?;
        let present = self.store.everybody(account).await?;
        let base = base.filter(|base| base.day == day);
        let changed: Vec<_> = people
            .iter()
            .filter(|(person, seat)| {
                let before = base.and_then(|base| base.roster.people.get(person));
                before != Some(seat) || !present.contains(person)
            })
            .map(|(person, seat)| self.store.enroll(account, version, *person, seat, day))
            .collect();
        all(changed).await?;
        let left: Vec<_> = present
            .iter()
            .filter(|person| !people.contains_key(person))
            .map(|person| self.store.dismiss(account, version, *person))
            .collect();
        all(left).await?;
        self.store.end_plan(account, version).await?;
        tracing::info!(%account, version, people = people.len(), "plan applied");
        Ok(())
    }
}

/// Runs scripts, some at a time, until one fails.
async fn all(scripts: Vec<impl Future<Output = Result<bool, Error>>>) -> Result<(), Error> {
    stream::iter(scripts)
        .buffer_unordered(CONCURRENT)
        .try_for_each(|_| async { Ok(()) })
        .await
}
