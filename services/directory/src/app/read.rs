//! Reading resources: one way for all kinds.

use sea_orm::Condition;
use store::page::Page;

use super::{
    App,
    caller::{Reader, Sight},
};
use crate::{
    domain::resource::Record,
    error::Error,
    store::{
        extension, link,
        table::{self, Table},
    },
};

impl App {
    /// One resource.
    pub async fn get<R: Table>(&self, reader: &Reader, id: R::Id) -> Result<Record<R>, Error> {
        let (account, seen) = (reader.account, &seen::<R>(reader));
        let find = |tx| async move { table::find::<R>(&tx, account, id, seen.clone()).await };
        let found = self.0.store.tenant_transaction(account, find).await?;
        found.ok_or(Error::NotFound(R::KIND))
    }

    /// A page of resources, ordered by id, and the token of the next.
    pub async fn list<R: Table>(
        &self,
        reader: &Reader,
        page: &Page<R::Id>,
    ) -> Result<(Vec<Record<R>>, String), Error> {
        self.list_where(reader, page, Condition::all()).await
    }

    pub(super) async fn list_where<R: Table>(
        &self,
        reader: &Reader,
        page: &Page<R::Id>,
        filter: Condition,
    ) -> Result<(Vec<Record<R>>, String), Error> {
        let account = reader.account;
        let (after, limit, only) = (
            page.after().copied(),
            page.fetch(),
            &filter.add(seen::<R>(reader)),
        );
        let fetch = |tx| async move {
            table::list::<R>(&tx, account, after, Some(limit), only.clone()).await
        };
        let records = self.0.store.tenant_transaction(account, fetch).await?;
        Ok(page.cut(records, |record| record.id))
    }
}

/// What narrows a query to what somebody may see.
fn seen<R: Table>(reader: &Reader) -> Condition {
    match &reader.sight {
        Sight::Everything => Condition::all(),
        Sight::Of(person) => extension::concerns::<R>(reader.account, *person),
        Sight::Covering(person, covers) => extension::concerns::<R>(reader.account, *person)
            .add(link::around::<R>(reader.account, covers)),
        Sight::Nothing => Condition::all().add(sea_orm::sea_query::Expr::val(false)),
    }
}
