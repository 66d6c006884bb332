//! `custom_grants`: who holds which role of the company's own.

use ids::{AccountId, RoleId, UserId};
use sea_orm::{
    ActiveValue::Set, ExprTrait as _, FromJsonQueryResult, QueryOrder as _, QuerySelect as _,
    entity::prelude::*, sea_query::OnConflict,
};
use serde::{Deserialize, Serialize};

use super::{Unreadable, read};
use crate::{domain::role::CustomGrant, error::Error};

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "custom_grants")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    user_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    role_id: Uuid,
    #[sea_orm(column_type = "JsonBinary")]
    covers: Covered,
    granted_by: String,
    granted_at: DateTimeUtc,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What it covers, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Covered(Vec<String>);

/// What these people hold, by person and role.
pub async fn of_users(
    db: &impl ConnectionTrait,
    account: AccountId,
    users: &[UserId],
) -> Result<Vec<CustomGrant>, Error> {
    let ids: Vec<Uuid> = users.iter().map(|user| user.uuid()).collect();
    let rows = Entity::find()
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::UserId.is_in(ids))
        .order_by_asc(Column::UserId)
        .order_by_asc(Column::RoleId)
        .all(db)
        .await?;
    all(rows)
}

/// Who holds the role.
pub async fn of_role(
    db: &impl ConnectionTrait,
    account: AccountId,
    role: RoleId,
) -> Result<Vec<CustomGrant>, Error> {
    let rows = Entity::find()
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::RoleId.eq(role.uuid()))
        .order_by_asc(Column::UserId)
        .all(db)
        .await?;
    all(rows)
}

/// Up to `limit` grants by person and role: of later people, and of this one if `role` is none
/// or lies before them.
pub async fn page(
    db: &impl ConnectionTrait,
    account: AccountId,
    after: Option<(UserId, Option<RoleId>)>,
    limit: u64,
) -> Result<Vec<CustomGrant>, Error> {
    let mut query = Entity::find().filter(Column::AccountId.eq(account.uuid()));
    if let Some((user, role)) = after {
        let mut here = Column::UserId.eq(user.uuid());
        if let Some(role) = role {
            here = here.and(Column::RoleId.gt(role.uuid()));
        }
        query = query.filter(Column::UserId.gt(user.uuid()).or(here));
    }
    let rows = query
        .order_by_asc(Column::UserId)
        .order_by_asc(Column::RoleId)
        .limit(limit)
        .all(db)
        .await?;
    all(rows)
}

/// The person holds it from now on; a second grant replaces what the first covers.
pub async fn put(
    db: &impl ConnectionTrait,
    account: AccountId,
    grant: &CustomGrant,
) -> Result<(), Error> {
    let covers = grant.covers.as_slice().iter().map(ToString::to_string);
    let row = ActiveModel {
        account_id: Set(account.uuid()),
        user_id: Set(grant.user.uuid()),
        role_id: Set(grant.role.uuid()),
        covers: Set(Covered(covers.collect())),
        granted_by: Set(grant.granted_by.clone()),
        granted_at: Set(grant.granted),
    };
    let replace = OnConflict::columns([Column::AccountId, Column::UserId, Column::RoleId])
        .update_columns([Column::Covers, Column::GrantedBy, Column::GrantedAt])
        .to_owned();
    Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The person no longer holds it.
pub async fn delete(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
    role: RoleId,
) -> Result<(), Error> {
    Entity::delete_by_id((account.uuid(), user.uuid(), role.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// The person holds none any more.
pub async fn delete_all(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
) -> Result<(), Error> {
    Entity::delete_many()
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

fn all(rows: Vec<Model>) -> Result<Vec<CustomGrant>, Error> {
    let grants = rows.into_iter().map(CustomGrant::try_from);
    Ok(grants.collect::<Result<_, _>>()?)
}

impl TryFrom<Model> for CustomGrant {
    type Error = Unreadable;

    fn try_from(row: Model) -> Result<Self, Unreadable> {
        let covers = row.covers.0.iter();
        let covers = covers.map(|id| read::<access::Covered>("custom_grants", "covers", id));
        Ok(Self {
            user: UserId::from_uuid(row.user_id),
            role: RoleId::from_uuid(row.role_id),
            covers: covers.collect::<Result<_, _>>()?,
            granted_by: row.granted_by,
            granted: row.granted_at,
        })
    }
}
