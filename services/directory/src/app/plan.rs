//! Plans, kept in memory as long as they are the current version.

use std::sync::Arc;

use ::store::Scope;
use ids::AccountId;
use moka::future::Cache;

use super::App;
use crate::{
    domain::{phone::E164, plan::Plan},
    error::Error,
    store,
};

/// Plans by account and the version that was asked for. A newer version is another entry; the old
/// one is not asked for any more and makes room.
pub(super) struct Plans(Cache<(AccountId, i64), Arc<Plan>>);

impl Plans {
    pub(super) fn new(capacity: u64) -> Self {
        Self(Cache::new(capacity))
    }
}

/// The answer to "is mine still current?".
#[derive(Debug, Clone)]
pub enum PlanNews {
    /// It is.
    Unchanged(AccountId, i64),
    /// It is not; this is the current one.
    Changed(Arc<Plan>),
}

impl App {
    /// The plan of an account, unless `known` is its version.
    pub async fn plan_since(&self, account: AccountId, known: i64) -> Result<PlanNews, Error> {
        let version = self.plan_version(account).await?;
        if version == known {
            return Ok(PlanNews::Unchanged(account, version));
        }
        self.plan_at(account, version).await.map(PlanNews::Changed)
    }

    /// The account that a number belongs to.
    pub async fn account_of(&self, number: &E164) -> Result<AccountId, Error> {
        store::dialled_number::owner(&self.0.store, number)
            .await?
            .ok_or(Error::NumberUnknown)
    }

    /// The plan of an account.
    pub(super) async fn plan(&self, account: AccountId) -> Result<Arc<Plan>, Error> {
        let version = self.plan_version(account).await?;
        self.plan_at(account, version).await
    }

    async fn plan_version(&self, account: AccountId) -> Result<i64, Error> {
        let ask = |tx| async move { store::account::plan_version(&tx, account).await };
        let version = self.0.store.tenant_transaction(account, ask).await?;
        version.ok_or(Error::AccountNotFound)
    }

    /// The plan at `version` or, if it has changed since, a later one.
    async fn plan_at(&self, account: AccountId, version: i64) -> Result<Arc<Plan>, Error> {
        let key = (account, version);
        if let Some(plan) = self.0.plans.0.get(&key).await {
            return Ok(plan);
        }
        let load = |tx| async move { store::plan::load(&tx, account).await };
        let plan = self
            .0
            .store
            .transact(Scope::tenant(account).snapshot(), load)
            .await?;
        let plan = Arc::new(plan.ok_or(Error::AccountNotFound)?);
        self.0.plans.0.insert(key, plan.clone()).await;
        Ok(plan)
    }
}
