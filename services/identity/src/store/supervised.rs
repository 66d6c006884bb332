//! `supervised`: what a supervisor's role covers, one row each.

use std::collections::BTreeMap;

use access::Covered;
use ids::{AccountId, UserId};
use sea_orm::{ActiveValue::Set, QueryOrder as _, entity::prelude::*};

use super::read;
use crate::error::Error;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "supervised")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    user_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    covered_id: String,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What each of these supervisors covers, in the order of the ids.
pub async fn of_users(
    db: &impl ConnectionTrait,
    account: AccountId,
    supervisors: Vec<Uuid>,
) -> Result<BTreeMap<Uuid, Vec<Covered>>, Error> {
    let mut covers: BTreeMap<Uuid, Vec<Covered>> = BTreeMap::new();
    if supervisors.is_empty() {
        return Ok(covers);
    }
    let rows = Entity::find()
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::UserId.is_in(supervisors))
        .order_by_asc(Column::CoveredId)
        .all(db)
        .await?;
    for row in rows {
        let covered = read("supervised", "covered_id", &row.covered_id)?;
        covers.entry(row.user_id).or_default().push(covered);
    }
    Ok(covers)
}

/// The supervisor covers exactly this from now on.
pub async fn replace(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
    covers: &[Covered],
) -> Result<(), Error> {
    Entity::delete_many()
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .exec(db)
        .await?;
    if covers.is_empty() {
        return Ok(());
    }
    let rows = covers.iter().map(|covered| ActiveModel {
        account_id: Set(account.uuid()),
        user_id: Set(user.uuid()),
        covered_id: Set(covered.to_string()),
    });
    Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}
