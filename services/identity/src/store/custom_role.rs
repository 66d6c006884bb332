//! `custom_roles`.

use std::collections::BTreeMap;

use access::permission;
use ids::{AccountId, RoleId};
use sea_orm::{
    ActiveValue::Set, FromJsonQueryResult, QueryOrder as _, QuerySelect as _, entity::prelude::*,
};
use serde::{Deserialize, Serialize};

use super::{Unreadable, read};
use crate::{
    domain::role::{CustomRole, Reaches, span_name, span_named},
    error::Error,
};

const TABLE: &str = "custom_roles";

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "custom_roles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    role_id: Uuid,
    display_name: String,
    #[sea_orm(column_type = "JsonBinary")]
    reaches: Names,
    created_at: DateTimeUtc,
    updated_at: DateTimeUtc,
    version: i64,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Permission and reach by name, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Names(BTreeMap<String, String>);

/// The role.
pub async fn find(
    db: &impl ConnectionTrait,
    account: AccountId,
    role: RoleId,
) -> Result<Option<CustomRole>, Error> {
    let row = Entity::find_by_id((account.uuid(), role.uuid()))
        .one(db)
        .await?;
    Ok(row.map(CustomRole::try_from).transpose()?)
}

/// These roles.
pub async fn find_all(
    db: &impl ConnectionTrait,
    account: AccountId,
    roles: impl IntoIterator<Item = RoleId>,
) -> Result<Vec<CustomRole>, Error> {
    let roles: Vec<Uuid> = roles.into_iter().map(RoleId::uuid).collect();
    if roles.is_empty() {
        return Ok(Vec::new());
    }
    let rows = Entity::find()
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::RoleId.is_in(roles))
        .all(db)
        .await?;
    let roles = rows.into_iter().map(CustomRole::try_from);
    Ok(roles.collect::<Result<_, _>>()?)
}

/// Up to `limit` roles after `after`, by id and so by age.
pub async fn page(
    db: &impl ConnectionTrait,
    account: AccountId,
    after: Option<&RoleId>,
    limit: u64,
) -> Result<Vec<CustomRole>, Error> {
    let mut query = Entity::find().filter(Column::AccountId.eq(account.uuid()));
    if let Some(after) = after {
        query = query.filter(Column::RoleId.gt(after.uuid()));
    }
    let rows = query
        .order_by_asc(Column::RoleId)
        .limit(limit)
        .all(db)
        .await?;
    let roles = rows.into_iter().map(CustomRole::try_from);
    Ok(roles.collect::<Result<_, _>>()?)
}

/// How many the account has.
pub async fn count(db: &impl ConnectionTrait, account: AccountId) -> Result<u64, Error> {
    Ok(Entity::find()
        .filter(Column::AccountId.eq(account.uuid()))
        .count(db)
        .await?)
}

/// A new role. The account must have been locked.
pub async fn insert(db: &impl ConnectionTrait, role: &CustomRole) -> Result<(), Error> {
    Entity::insert(ActiveModel::from(role))
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The role as it is now. The account must have been locked.
pub async fn update(db: &impl ConnectionTrait, role: &CustomRole) -> Result<(), Error> {
    Entity::update(ActiveModel::from(role)).exec(db).await?;
    Ok(())
}

/// No such role any more. Nobody may hold it.
pub async fn delete(
    db: &impl ConnectionTrait,
    account: AccountId,
    role: RoleId,
) -> Result<(), Error> {
    Entity::delete_by_id((account.uuid(), role.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

impl TryFrom<Model> for CustomRole {
    type Error = Unreadable;

    fn try_from(row: Model) -> Result<Self, Unreadable> {
        let unknown = || Unreadable::new(TABLE, "reaches", "unknown");
        let reaches = row.reaches.0.iter().map(|(name, reach)| {
            let permission = permission::named(name).ok_or_else(unknown)?;
            Ok((permission, span_named(reach).ok_or_else(unknown)?))
        });
        let reaches = reaches.collect::<Result<Vec<_>, Unreadable>>()?;
        Ok(Self {
            account: AccountId::from_uuid(row.account_id),
            id: RoleId::from_uuid(row.role_id),
            name: read(TABLE, "display_name", &row.display_name)?,
            reaches: Reaches::stored(reaches),
            created: row.created_at,
            updated: row.updated_at,
            version: row.version,
        })
    }
}

impl From<&CustomRole> for ActiveModel {
    fn from(role: &CustomRole) -> Self {
        let reaches = role.reaches.iter().map(|(permission, span)| {
            let name = permission::name(permission).to_owned();
            (name, span_name(span).to_owned())
        });
        Self {
            account_id: Set(role.account.uuid()),
            role_id: Set(role.id.uuid()),
            display_name: Set(role.name.to_string()),
            reaches: Set(Names(reaches.collect())),
            created_at: Set(role.created),
            updated_at: Set(role.updated),
            version: Set(role.version),
        }
    }
}
