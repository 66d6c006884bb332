//! Reading resources: one way for all kinds.

use ids::AccountId;
use sea_orm::sea_query::SimpleExpr;
use store::page::Page;

use super::App;
use crate::{
    domain::resource::Record,
    error::Error,
    store::table::{self, Table},
};

impl App {
    /// One resource.
    pub async fn get<R: Table>(&self, account: AccountId, id: R::Id) -> Result<Record<R>, Error> {
        let find = |tx| async move { table::find::<R>(&tx, account, id).await };
        let found = self.0.store.tenant_transaction(account, find).await?;
        found.ok_or(Error::NotFound(R::KIND))
    }

    /// A page of resources, ordered by id, and the token of the next.
    pub async fn list<R: Table>(
        &self,
        account: AccountId,
        page: &Page<R::Id>,
    ) -> Result<(Vec<Record<R>>, String), Error> {
        self.list_where(account, page, None).await
    }

    pub(super) async fn list_where<R: Table>(
        &self,
        account: AccountId,
        page: &Page<R::Id>,
        only: Option<SimpleExpr>,
    ) -> Result<(Vec<Record<R>>, String), Error> {
        let (after, limit) = (page.after().copied(), page.fetch());
        let only = &only;
        let fetch = |tx| async move {
            table::list::<R>(&tx, account, after, Some(limit), only.clone()).await
        };
        let records = self.0.store.tenant_transaction(account, fetch).await?;
        Ok(page.cut(records, |record| record.id))
    }
}
