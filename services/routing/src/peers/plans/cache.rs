use std::{sync::Arc, time::Duration};

use api::directory::v1::{
    GetPlanRequest, GetPlanResponse, get_plan_request::By, plan_service_client::PlanServiceClient,
};
use ids::AccountId;
use moka::future::Cache;
use rpc::Peer;
use tokio::time::Instant;
use tonic::{Code, Status};

use super::convert;
use crate::domain::Plan;

/// Accounts whose plans are kept.
const ACCOUNTS: u64 = 20_000;
/// Numbers whose accounts are remembered.
const NUMBERS: u64 = 200_000;
/// A plan that no call needed for so long is dropped.
const IDLE: Duration = Duration::from_secs(3600);
/// How long a number is remembered as nobody's: a mistyped trunk must not storm directory, and
/// a new number must work at once.
const UNKNOWN_FOR: Duration = Duration::from_secs(1);

/// Why there is no plan.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum PlanError {
    /// Directory knows no account with this number, or no such account.
    #[error("no account has it")]
    Unknown,
    /// Directory does not answer, and what there is is missing or too old.
    #[error("directory does not answer")]
    Unavailable(#[source] Arc<Status>),
    /// Directory sent a plan that makes no sense.
    #[error("directory sent a plan that cannot be read")]
    Unreadable(#[source] Arc<convert::Unreadable>),
    /// The plan has not been confirmed for longer than calls may rely on it.
    #[error("the plan is too old")]
    TooOld,
}

/// The plans at hand. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Plans {
    client: PlanServiceClient<Peer>,
    pub(super) by_account: Cache<AccountId, Kept>,
    by_number: Cache<String, AccountId>,
    nobodys: Cache<String, ()>,
    /// Versions that changes announced, for a fetch that was under way meanwhile.
    pub(super) announced: Cache<AccountId, i64>,
    max_age: Duration,
}

/// A plan, and when directory last said that it is the current one.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) plan: Arc<Plan>,
    pub(super) confirmed: Instant,
}

impl Plans {
    pub(crate) fn new(peer: Peer, max_age: Duration) -> Self {
        // A plan of an account with thousands of people is larger than gRPC's usual 4 MiB.
        let client = PlanServiceClient::new(peer).max_decoding_message_size(64 << 20);
        Self {
            client,
            by_account: Cache::builder()
                .max_capacity(ACCOUNTS)
                .time_to_idle(IDLE)
                .build(),
            by_number: Cache::builder()
                .max_capacity(NUMBERS)
                .time_to_idle(IDLE)
                .build(),
            nobodys: Cache::builder()
                .max_capacity(NUMBERS)
                .time_to_live(UNKNOWN_FOR)
                .build(),
            announced: Cache::builder()
                .max_capacity(ACCOUNTS)
                .time_to_live(IDLE)
                .build(),
            max_age,
        }
    }

    /// The plan of the account that has this number.
    pub(crate) async fn of_number(&self, e164: &str) -> Result<Arc<Plan>, PlanError> {
        if let Some(account) = self.by_number.get(e164).await {
            let plan = self.of_account(account).await?;
            // The number may have gone elsewhere since.
            if plan.numbers.contains_key(e164) {
                return Ok(plan);
            }
            self.forget_number(e164).await;
        }
        if self.nobodys.contains_key(e164) {
            return Err(PlanError::Unknown);
        }
        match self.fetch(By::E164(e164.to_owned()), 0).await {
            Ok(Some(plan)) => {
                self.by_number.insert(e164.to_owned(), plan.account).await;
                self.keep(plan.clone()).await;
                Ok(plan)
            }
            Ok(None) => Err(PlanError::Unknown),
            Err(PlanError::Unknown) => {
                self.nobodys.insert(e164.to_owned(), ()).await;
                Err(PlanError::Unknown)
            }
            Err(error) => Err(error),
        }
    }

    /// The plan of an account.
    pub(crate) async fn of_account(&self, account: AccountId) -> Result<Arc<Plan>, PlanError> {
        let kept = match self.by_account.get(&account).await {
            Some(kept) => kept,
            // Boxed: it is rare, and the future of every transition would be as large.
            None => Box::pin(self.first(account)).await?,
        };
        if kept.confirmed.elapsed() > self.max_age {
            return Err(PlanError::TooOld);
        }
        Ok(kept.plan)
    }

    /// The plan of an account that is not at hand. Calls that arrive together share one fetch.
    async fn first(&self, account: AccountId) -> Result<Kept, PlanError> {
        let fetched = self.by_account.try_get_with(account, async {
            let by = By::AccountId(account.to_string());
            let mut plan = self.fetch(by.clone(), 0).await?;
            let announced = self.announced.get(&account).await;
            if let (Some(stale), Some(announced)) = (&plan, announced)
                && announced > stale.version
            {
                plan = self.fetch(by, stale.version).await?.or(plan);
            }
            let plan = plan.ok_or(PlanError::Unknown)?;
            Ok(Kept {
                plan,
                confirmed: Instant::now(),
            })
        });
        let kept = fetched.await;
        kept.map_err(|error: Arc<PlanError>| PlanError::clone(&error))
    }

    /// Asks directory whether what is kept of an account is current, and takes what is newer.
    pub(super) async fn confirm(&self, account: AccountId) -> Result<(), PlanError> {
        let Some(kept) = self.by_account.get(&account).await else {
            return Ok(());
        };
        let known = kept.plan.version;
        match self.fetch(By::AccountId(account.to_string()), known).await {
            Ok(Some(plan)) => self.keep(plan).await,
            Ok(None) => self.keep(kept.plan).await,
            Err(PlanError::Unknown) => self.by_account.invalidate(&account).await,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    pub(super) async fn forget_number(&self, e164: &str) {
        self.by_number.invalidate(e164).await;
        self.nobodys.invalidate(e164).await;
    }

    pub(super) fn client(&self) -> PlanServiceClient<Peer> {
        self.client.clone()
    }

    /// Never replaces a newer plan by an older one that was under way longer.
    async fn keep(&self, plan: Arc<Plan>) {
        let kept = Kept {
            plan,
            confirmed: Instant::now(),
        };
        let entry = self.by_account.entry(kept.plan.account);
        let _ = entry
            .and_upsert_with(|before| {
                let before = before.map(moka::Entry::into_value);
                let newer = before.filter(|before| before.plan.version > kept.plan.version);
                std::future::ready(newer.unwrap_or(kept))
            })
            .await;
    }

    /// `None` when `known` is the current version.
    async fn fetch(&self, by: By, known: i64) -> Result<Option<Arc<Plan>>, PlanError> {
        let request = GetPlanRequest {
            by: Some(by),
            known_version: known,
        };
        let GetPlanResponse { plan, .. } = match self.client().get_plan(request).await {
            Ok(answer) => answer.into_inner(),
            Err(status) if status.code() == Code::NotFound => return Err(PlanError::Unknown),
            Err(status) => return Err(PlanError::Unavailable(Arc::new(status))),
        };
        let plan = plan.map(convert::plan).transpose();
        let plan = plan.map_err(|error| PlanError::Unreadable(Arc::new(error)))?;
        Ok(plan.map(Arc::new))
    }
}
