//! The table behind the tables of all resources: what exists, whatever its kind.

use std::collections::HashSet;

use ids::AccountId;
use sea_orm::{ActiveValue::Set, ConnectionTrait, entity::prelude::*};

use super::{
    row::{Row, Unreadable},
    table::exactly_one,
};
use crate::{
    domain::key::{Key, Kind},
    error::Error,
};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "resources")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) resource_id: Uuid,
    pub(super) kind: String,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The resource that a row names.
pub(super) fn key(uuid: Uuid, kind: &str) -> Result<Key, Unreadable> {
    let row = Row::of("resources", uuid);
    Ok(Key {
        kind: row.required("kind", Kind::named(kind))?,
        uuid,
    })
}

pub(super) async fn insert(
    db: &impl ConnectionTrait,
    account: AccountId,
    key: Key,
) -> Result<(), Error> {
    let row = ActiveModel {
        account_id: Set(account.uuid()),
        resource_id: Set(key.uuid),
        kind: Set(key.kind.name().to_owned()),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub(super) async fn delete(
    db: &impl ConnectionTrait,
    account: AccountId,
    key: Key,
) -> Result<(), Error> {
    let result = Entity::delete_many()
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::ResourceId.eq(key.uuid))
        .exec(db)
        .await?;
    exactly_one(result.rows_affected)
}

/// Those of `keys` that exist, with the kind that they name.
pub async fn existing(
    db: &impl ConnectionTrait,
    account: AccountId,
    keys: &[Key],
) -> Result<HashSet<Key>, Error> {
    if keys.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = Entity::find()
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::ResourceId.is_in(keys.iter().map(|key| key.uuid)))
        .all(db)
        .await?;
    let found = rows.iter().map(|row| key(row.resource_id, &row.kind));
    Ok(found.collect::<Result<_, _>>()?)
}
