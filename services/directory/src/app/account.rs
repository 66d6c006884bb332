//! Directory's own copy of an account's settings.

use ids::AccountId;

use super::{App, caller::Intent};
use crate::{domain::account::Account, error::Error, store};

impl App {
    /// The account that a change is about, asked of identity the first time and again when the
    /// copy is old.
    ///
    /// With identity gone an old copy is as good as before; only a new company has to wait.
    pub(super) async fn account(&self, intent: &Intent) -> Result<Account, Error> {
        let kept = self.kept_account(intent.account).await?;
        let now = self.0.clock.now();
        let fresh = kept
            .clone()
            .filter(|account| now - account.checked < self.0.account_refresh);
        if let Some(account) = fresh {
            return Ok(account);
        }
        match (self.0.identity.account(&intent.on_behalf).await, kept) {
            (Ok(settings), kept) => Ok(Account {
                id: intent.account,
                plan_version: kept.as_ref().map_or(0, |account| account.plan_version),
                suspended: kept.is_some_and(|account| account.suspended),
                time_zone: settings.time_zone,
                country: settings.country,
                checked: now,
            }),
            (Err(error), Some(kept)) => {
                tracing::warn!(%error, account = %intent.account, "going on with old account settings");
                Ok(kept)
            }
            (Err(error), None) => Err(error.into()),
        }
    }

    async fn kept_account(&self, id: AccountId) -> Result<Option<Account>, Error> {
        let find = |tx| async move { store::account::find(&tx, id).await };
        self.0.store.tenant_transaction(id, find).await
    }
}
