//! What one table of resources needs to be read and written like all others.
//!
//! A resource says in [`Table`] how it becomes a row and a row becomes it; the queries stand here
//! once. Every one of them takes the account first.

use std::future::{Future, ready};

use ::store::{StoreError, Transaction};
use ids::AccountId;
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    FromQueryResult, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::{resource, row::Unreadable};
use crate::{
    domain::{
        key::ResourceId,
        resource::{Record, Resource},
    },
    error::Error,
};

/// A resource with a table of its own.
pub trait Table: Resource {
    /// The table.
    type Entity: EntityTrait<Model = Self::Row, ActiveModel = Self::Active>;
    /// One row of it.
    type Row: FromQueryResult + IntoActiveModel<Self::Active> + Send + Sync;
    /// What is written to it.
    type Active: ActiveModelTrait<Entity = Self::Entity> + ActiveModelBehavior + Send;

    /// The columns that every table has, under the names that they have here.
    const COLUMNS: Columns<<Self::Entity as EntityTrait>::Column>;

    /// The row of a resource.
    fn row(account: AccountId, record: &Record<Self>) -> Self::Row;

    /// The resource in a row.
    fn record(row: Self::Row) -> Result<Record<Self>, Unreadable>;

    /// Refuses what must be unique and is not. The account is locked.
    fn guard(
        _: &Transaction,
        _: AccountId,
        _: &Record<Self>,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        ready(Ok(()))
    }
}

/// The columns that every table has.
#[derive(Debug, Clone, Copy)]
pub struct Columns<C> {
    /// The tenant.
    pub account: C,
    /// The id.
    pub id: C,
    /// Counts the changes.
    pub version: C,
}

fn of_account<R: Table>(account: AccountId) -> Select<R::Entity> {
    R::Entity::find().filter(R::COLUMNS.account.eq(account.uuid()))
}

/// One resource, if `only` lets it through.
pub async fn find<R: Table>(
    db: &impl ConnectionTrait,
    account: AccountId,
    id: R::Id,
    only: Condition,
) -> Result<Option<Record<R>>, Error> {
    let select = of_account::<R>(account).filter(R::COLUMNS.id.eq(id.uuid()));
    let row = select.filter(only).one(db).await?;
    Ok(row.map(R::record).transpose()?)
}

/// Resources behind `after`, ordered by id, at most `limit`; `only` narrows them.
pub async fn list<R: Table>(
    db: &impl ConnectionTrait,
    account: AccountId,
    after: Option<R::Id>,
    limit: Option<u64>,
    only: Condition,
) -> Result<Vec<Record<R>>, Error> {
    let mut select = of_account::<R>(account).order_by_asc(R::COLUMNS.id);
    if let Some(after) = after {
        select = select.filter(R::COLUMNS.id.gt(after.uuid()));
    }
    let rows = select.filter(only).limit(limit).all(db).await?;
    Ok(rows.into_iter().map(R::record).collect::<Result<_, _>>()?)
}

/// Writes a new resource.
pub async fn insert<R: Table>(
    db: &impl ConnectionTrait,
    account: AccountId,
    record: &Record<R>,
) -> Result<(), Error> {
    resource::insert(db, account, record.key()).await?;
    let row = R::row(account, record).into_active_model().reset_all();
    R::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Writes the next version of a resource.
pub async fn update<R: Table>(
    db: &impl ConnectionTrait,
    account: AccountId,
    record: &Record<R>,
) -> Result<(), Error> {
    let mut row = R::row(account, record).into_active_model().reset_all();
    // The key finds the row; it is not written.
    for column in [R::COLUMNS.account, R::COLUMNS.id] {
        row.not_set(column);
    }
    let result = R::Entity::update_many()
        .set(row)
        .filter(R::COLUMNS.account.eq(account.uuid()))
        .filter(R::COLUMNS.id.eq(record.id.uuid()))
        .filter(R::COLUMNS.version.eq(record.version - 1))
        .exec(db)
        .await?;
    exactly_one(result.rows_affected)
}

/// Deletes a resource, with everything that it mentions.
pub async fn delete<R: Table>(
    db: &impl ConnectionTrait,
    account: AccountId,
    id: R::Id,
) -> Result<(), Error> {
    let result = R::Entity::delete_many()
        .filter(R::COLUMNS.account.eq(account.uuid()))
        .filter(R::COLUMNS.id.eq(id.uuid()))
        .exec(db)
        .await?;
    exactly_one(result.rows_affected)?;
    resource::delete(db, account, id.into()).await
}

/// The account's row is locked while resources change, so the row that was just read is there.
pub(super) fn exactly_one(rows: u64) -> Result<(), Error> {
    if rows == 1 {
        Ok(())
    } else {
        Err(StoreError::NotFound.into())
    }
}
