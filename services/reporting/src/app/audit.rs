//! Who did what.

use chrono::{DateTime, Utc};
use ids::{AccountId, EventId};
use store::Transaction;

use super::App;
use crate::{
    domain::audit::AuditEvent,
    error::Error,
    store::{audit, audit::Filter},
};

impl App {
    /// Entries of the trail, newest first. Nobody sees a part of it: the permission reaches the
    /// account or is not held.
    pub async fn audit_events(
        &self,
        account: AccountId,
        filter: &Filter,
        after: Option<(DateTime<Utc>, EventId)>,
        limit: u64,
    ) -> Result<Vec<AuditEvent>, Error> {
        let work =
            |tx: Transaction| async move { audit::page(&tx, account, filter, after, limit).await };
        self.store.tenant_transaction(account, work).await
    }
}
