//! Accounts.

use ids::AccountId;
use sea_orm::{
    ActiveValue::Set,
    ConnectionTrait, QuerySelect,
    entity::prelude::*,
    sea_query::{Expr, OnConflict},
};

use super::{
    row::{Row, Unreadable},
    table::exactly_one,
};
use crate::{domain::account::Account, error::Error};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    plan_version: i64,
    suspended: bool,
    time_zone: String,
    country_code: String,
    checked_at: DateTimeUtc,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

fn account(model: &Model) -> Result<Account, Unreadable> {
    let row = Row::of("accounts", model.account_id);
    Ok(Account {
        id: AccountId::from_uuid(model.account_id),
        plan_version: model.plan_version,
        suspended: model.suspended,
        time_zone: row.parse("time_zone", &model.time_zone)?,
        country: row.parse("country_code", &model.country_code)?,
        checked: model.checked_at,
    })
}

/// The account, unless nothing was ever configured in it.
pub async fn find(db: &impl ConnectionTrait, id: AccountId) -> Result<Option<Account>, Error> {
    let row = Entity::find_by_id(id.uuid()).one(db).await?;
    Ok(row.as_ref().map(account).transpose()?)
}

/// The account, locked: whoever else changes it waits until this transaction ends.
pub async fn lock(db: &impl ConnectionTrait, id: AccountId) -> Result<Option<Account>, Error> {
    let row = Entity::find_by_id(id.uuid())
        .lock_exclusive()
        .one(db)
        .await?;
    Ok(row.as_ref().map(account).transpose()?)
}

/// The version of the account's plan.
pub async fn plan_version(db: &impl ConnectionTrait, id: AccountId) -> Result<Option<i64>, Error> {
    let row = Entity::find_by_id(id.uuid())
        .select_only()
        .column(Column::PlanVersion);
    Ok(row.into_tuple().one(db).await?)
}

/// Makes room for an account in which nothing was configured yet. Two at once make one row.
pub async fn open(db: &impl ConnectionTrait, account: &Account) -> Result<(), Error> {
    let row = ActiveModel {
        account_id: Set(account.id.uuid()),
        plan_version: Set(0),
        suspended: Set(account.suspended),
        time_zone: Set(account.time_zone.to_string()),
        country_code: Set(account.country.to_string()),
        checked_at: Set(account.checked),
    };
    let there = OnConflict::column(Column::AccountId)
        .do_nothing()
        .to_owned();
    Entity::insert(row)
        .on_conflict(there)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Makes the plan one version newer than `account` says, with the settings that it has. Returns
/// the version.
pub async fn advance(db: &impl ConnectionTrait, account: &Account) -> Result<i64, Error> {
    let next = account.plan_version + 1;
    let result = Entity::update_many()
        .col_expr(Column::PlanVersion, Expr::value(next))
        .col_expr(Column::Suspended, Expr::value(account.suspended))
        .col_expr(Column::TimeZone, Expr::value(account.time_zone.to_string()))
        .col_expr(
            Column::CountryCode,
            Expr::value(account.country.to_string()),
        )
        .col_expr(Column::CheckedAt, Expr::value(account.checked))
        .filter(Column::AccountId.eq(account.id.uuid()))
        .filter(Column::PlanVersion.eq(account.plan_version))
        .exec(db)
        .await?;
    exactly_one(result.rows_affected)?;
    Ok(next)
}
