//! `grants`, and what they cover in `supervised`.

use access::Role;
use ids::{AccountId, UserId};
use sea_orm::{
    ActiveValue::Set, ExprTrait as _, QueryOrder as _, QuerySelect as _, entity::prelude::*,
    sea_query::OnConflict,
};

use super::{Unreadable, custom_grant, custom_role, read, supervised};
use crate::{
    domain::grant::{Grant, Holding, Roles},
    error::Error,
};

/// Sorts after the name of every one of the six roles.
pub const LAST: &str = "Z";

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "grants")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    user_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    role: String,
    granted_by: String,
    granted_at: DateTimeUtc,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The grants of one person, from the widest role to the narrowest.
pub async fn of_user(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
) -> Result<Vec<Grant>, Error> {
    of_users(db, account, &[user]).await
}

/// The grants of these people, by person and role.
pub async fn of_users(
    db: &impl ConnectionTrait,
    account: AccountId,
    users: &[UserId],
) -> Result<Vec<Grant>, Error> {
    let ids: Vec<Uuid> = users.iter().map(|user| user.uuid()).collect();
    let rows = Entity::find()
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::UserId.is_in(ids))
        .order_by_asc(Column::UserId)
        .order_by_asc(Column::Role)
        .all(db)
        .await?;
    with_coverage(db, account, rows).await
}

/// Up to `limit` grants after the one named, by person and role.
pub async fn page(
    db: &impl ConnectionTrait,
    account: AccountId,
    after: Option<&(UserId, String)>,
    limit: u64,
) -> Result<Vec<Grant>, Error> {
    let mut query = Entity::find().filter(Column::AccountId.eq(account.uuid()));
    if let Some((user, role)) = after {
        let later_role = Column::UserId.eq(user.uuid()).and(Column::Role.gt(role));
        query = query.filter(Column::UserId.gt(user.uuid()).or(later_role));
    }
    let rows = query
        .order_by_asc(Column::UserId)
        .order_by_asc(Column::Role)
        .limit(limit)
        .all(db)
        .await?;
    with_coverage(db, account, rows).await
}

/// What one person may do, all in all.
pub async fn roles(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
) -> Result<Roles, Error> {
    Ok(holding(db, account, user).await?.roles())
}

/// Everything that one person holds.
pub async fn holding(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
) -> Result<Holding, Error> {
    let built_in = of_user(db, account, user).await?;
    let grants = custom_grant::of_users(db, account, &[user]).await?;
    let roles = custom_role::find_all(db, account, grants.iter().map(|grant| grant.role)).await?;
    let custom = grants.into_iter().filter_map(|grant| {
        let role = roles.iter().find(|role| role.id == grant.role)?;
        Some((grant, role.reaches.clone()))
    });
    Ok(Holding {
        built_in,
        custom: custom.collect(),
    })
}

/// The person holds it from now on; a second grant of a role replaces what the first covers.
pub async fn put(
    db: &impl ConnectionTrait,
    account: AccountId,
    grant: &Grant,
) -> Result<(), Error> {
    let row = ActiveModel {
        account_id: Set(account.uuid()),
        user_id: Set(grant.user.uuid()),
        role: Set(grant.role.as_str().to_owned()),
        granted_by: Set(grant.granted_by.clone()),
        granted_at: Set(grant.granted),
    };
    let replace = OnConflict::columns([Column::AccountId, Column::UserId, Column::Role])
        .update_columns([Column::GrantedBy, Column::GrantedAt])
        .to_owned();
    Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    if grant.role != Role::Supervisor {
        return Ok(());
    }
    supervised::replace(db, account, grant.user, &grant.covers).await
}

/// The person no longer holds it; whether they did.
pub async fn delete(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
    role: Role,
) -> Result<bool, Error> {
    let deleted = Entity::delete_by_id((account.uuid(), user.uuid(), role.as_str().to_owned()))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected > 0)
}

/// The person holds nothing any more.
pub async fn delete_all(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
) -> Result<(), Error> {
    custom_grant::delete_all(db, account, user).await?;
    Entity::delete_many()
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

async fn with_coverage(
    db: &impl ConnectionTrait,
    account: AccountId,
    rows: Vec<Model>,
) -> Result<Vec<Grant>, Error> {
    let supervisors: Vec<Uuid> = rows
        .iter()
        .filter(|row| row.role == Role::Supervisor.as_str())
        .map(|row| row.user_id)
        .collect();
    let mut covers = supervised::of_users(db, account, supervisors).await?;
    let grants = rows.into_iter().map(|row| {
        let role: Role = read("grants", "role", &row.role)?;
        let covers = match role {
            Role::Supervisor => covers.remove(&row.user_id).unwrap_or_default(),
            _ => Vec::new(),
        };
        let user = UserId::from_uuid(row.user_id);
        Ok(Grant {
            user,
            role,
            covers,
            granted_by: row.granted_by,
            granted: row.granted_at,
        })
    });
    Ok(grants.collect::<Result<_, Unreadable>>()?)
}
