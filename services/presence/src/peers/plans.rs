use std::{
    collections::BTreeSet,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use api::directory::v1::{
    GetPlanRequest, WatchPlansRequest, get_plan_request::By,
    plan_service_client::PlanServiceClient, watch_plans_response::Message,
};
use ids::AccountId;
use tokio::{
    sync::{Mutex as AsyncMutex, Notify},
    time::Instant,
};
use tonic::Code;

use super::convert;
use crate::{domain::Roster, error::Error};

/// The directory's plans: asked for when needed, kept, dropped when they change.
///
/// With the directory gone, what is kept stays good: people on the floor do not stop working
/// because an admin's service restarts.
#[derive(Clone)]
pub struct Plans(Arc<Shared>);

struct Shared {
    directory: PlanServiceClient<rpc::Peer>,
    kept: moka::sync::Cache<AccountId, Arc<AsyncMutex<Option<Kept>>>>,
    /// Counts announcements: what was confirmed before the last one is not confirmed.
    generations: moka::sync::Cache<AccountId, u64>,
    resets: AtomicU64,
    pending: Mutex<Pending>,
    announced: Notify,
}

struct Kept {
    roster: Arc<Roster>,
    confirmed: Instant,
    generation: (u64, u64),
}

/// Announcements that nobody has looked at yet.
#[derive(Debug, Default)]
struct Pending {
    reset: bool,
    accounts: BTreeSet<AccountId>,
}

/// What the directory announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// These accounts have new plans.
    Accounts(BTreeSet<AccountId>),
    /// Changes may have been missed: every plan is in doubt.
    Everything,
}

/// The first pause before watching again, doubled up to the last.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));

impl Plans {
    /// Plans from this directory; `capacity` accounts are kept.
    #[must_use]
    pub fn new(directory: PlanServiceClient<rpc::Peer>, capacity: u64) -> Self {
        Self(Arc::new(Shared {
            directory,
            kept: moka::sync::Cache::new(capacity),
            generations: moka::sync::Cache::new(capacity),
            resets: AtomicU64::new(0),
            pending: Mutex::default(),
            announced: Notify::new(),
        }))
    }

    /// An account's roster, confirmed at or after `not_before`, and after the last announcement.
    /// Whoever waits while somebody else asks shares the answer, if the question was late enough.
    ///
    /// # Errors
    /// `AccountUnknown`; `Directory` only when nothing is kept to go on with.
    pub async fn roster(
        &self,
        account: AccountId,
        not_before: Instant,
    ) -> Result<Arc<Roster>, Error> {
        let slot = self.0.kept.get_with(account, Arc::default);
        let mut kept = slot.lock().await;
        let generation = self.generation(account);
        if let Some(known) = &*kept
            && known.generation == generation
            && known.confirmed >= not_before
        {
            return Ok(known.roster.clone());
        }
        // From before the question: an announcement that arrives meanwhile is not lost.
        let confirmed = Instant::now();
        match self
            .ask(account, kept.as_ref().map(|known| &known.roster))
            .await
        {
            Ok(roster) => {
                *kept = Some(Kept {
                    roster: roster.clone(),
                    confirmed,
                    generation,
                });
                Ok(roster)
            }
            Err(Error::Directory(status)) if kept.is_some() => {
                tracing::warn!(%account, %status, "the directory does not answer: the plan may be old");
                kept.as_ref()
                    .map(|known| known.roster.clone())
                    .ok_or(Error::Directory(status))
            }
            Err(error) => {
                if matches!(error, Error::AccountUnknown) {
                    self.0.kept.invalidate(&account);
                }
                Err(error)
            }
        }
    }

    /// Watches the directory until dropped, and comes back by itself.
    pub async fn watch(&self) {
        let mut pause = PAUSES.0;
        loop {
            let started = Instant::now();
            if let Err(status) = self.listen().await {
                tracing::debug!(%status, "plans are not watched, trying again");
            }
            if started.elapsed() > PAUSES.1 {
                pause = PAUSES.0;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// The next announcements. Safe to cancel.
    pub async fn changed(&self) -> Change {
        loop {
            let announced = self.0.announced.notified();
            if let Some(change) = self.take_pending() {
                return change;
            }
            announced.await;
        }
    }

    async fn listen(&self) -> Result<(), tonic::Status> {
        let mut directory = self.0.directory.clone();
        let mut news = directory
            .watch_plans(WatchPlansRequest {})
            .await?
            .into_inner();
        while let Some(news) = news.message().await? {
            match news.message {
                Some(Message::Change(change)) => match change.account_id.parse() {
                    Ok(account) => self.doubt(account),
                    Err(error) => tracing::error!(%error, "the directory announced nobody's plan"),
                },
                Some(Message::Reset(_)) => self.doubt_everything(),
                // A later version's message: nobody can say what it is not about.
                None => self.doubt_everything(),
            }
        }
        Ok(())
    }

    fn doubt(&self, account: AccountId) {
        let generation = self.0.generations.get(&account).unwrap_or(0) + 1;
        self.0.generations.insert(account, generation);
        self.pending().accounts.insert(account);
        self.0.announced.notify_one();
    }

    fn doubt_everything(&self) {
        self.0.resets.fetch_add(1, Ordering::Relaxed);
        self.pending().reset = true;
        self.0.announced.notify_one();
    }

    fn take_pending(&self) -> Option<Change> {
        let pending = std::mem::take(&mut *self.pending());
        if pending.reset {
            Some(Change::Everything)
        } else if pending.accounts.is_empty() {
            None
        } else {
            Some(Change::Accounts(pending.accounts))
        }
    }

    fn pending(&self) -> std::sync::MutexGuard<'_, Pending> {
        self.0
            .pending
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn generation(&self, account: AccountId) -> (u64, u64) {
        let of_account = self.0.generations.get(&account).unwrap_or(0);
        (self.0.resets.load(Ordering::Relaxed), of_account)
    }

    async fn ask(
        &self,
        account: AccountId,
        known: Option<&Arc<Roster>>,
    ) -> Result<Arc<Roster>, Error> {
        let request = GetPlanRequest {
            by: Some(By::AccountId(account.to_string())),
            known_version: known.map_or(0, |known| known.version),
        };
        let answer = self.0.directory.clone().get_plan(request).await;
        let answer = answer.map_err(|status| match status.code() {
            Code::NotFound => Error::AccountUnknown,
            _ => Error::Directory(Box::new(status)),
        })?;
        match (answer.into_inner().plan, known) {
            (Some(plan), _) => Ok(Arc::new(convert::roster(&plan)?)),
            (None, Some(known)) => Ok(known.clone()),
            (None, None) => Err(Error::Plan("it is missing".to_owned())),
        }
    }
}

impl fmt::Debug for Plans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plans")
            .field("kept", &self.0.kept.entry_count())
            .finish_non_exhaustive()
    }
}
