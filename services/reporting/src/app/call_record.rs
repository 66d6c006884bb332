//! What happened to each call.

use access::{Caller, Permission};
use chrono::{DateTime, Utc};
use ids::{AccountId, CallId};
use store::Transaction;

use super::{App, scope::Scope};
use crate::{
    domain::{fold::Logged, record::CallRecord},
    error::Error,
    store::{call, call::Filter, log},
};

impl App {
    /// One call with its timeline.
    pub async fn call_record(
        &self,
        caller: &Caller,
        account: AccountId,
        id: CallId,
    ) -> Result<(CallRecord, Vec<Logged<CallId>>), Error> {
        let work = |tx: Transaction| async move {
            let scope = Scope::of(&tx, account, caller, Permission::CallRecordsRead).await?;
            let record = call::find(&tx, account, &scope, id)
                .await?
                .ok_or(Error::CallRecordNotFound)?;
            let timeline = log::timeline(&tx, account, id).await?;
            Ok((record, timeline))
        };
        self.store.tenant_transaction(account, work).await
    }

    /// Calls, newest first.
    pub async fn call_records(
        &self,
        caller: &Caller,
        account: AccountId,
        filter: &Filter,
        after: Option<(DateTime<Utc>, CallId)>,
        limit: u64,
    ) -> Result<Vec<CallRecord>, Error> {
        let work = |tx: Transaction| async move {
            let scope = Scope::of(&tx, account, caller, Permission::CallRecordsRead).await?;
            call::page(&tx, account, &scope, filter, after, limit).await
        };
        self.store.tenant_transaction(account, work).await
    }
}
