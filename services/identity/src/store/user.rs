//! `users`.

use ids::{AccountId, UserId};
use sea_orm::{ActiveValue::Set, QueryOrder as _, QuerySelect as _, entity::prelude::*};

use super::{Unreadable, read};
use crate::{
    domain::user::{User, UserState},
    error::Error,
};

const TABLE: &str = "users";

/// A row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    user_id: Uuid,
    first_name: String,
    last_name: String,
    email: String,
    job_title: String,
    pub(super) state: String,
    created_at: DateTimeUtc,
    updated_at: DateTimeUtc,
    version: i64,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The person.
pub async fn find(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
) -> Result<Option<User>, Error> {
    let row = Entity::find_by_id((account.uuid(), user.uuid()))
        .one(db)
        .await?;
    Ok(row.map(User::try_from).transpose()?)
}

/// The person, who cannot be suspended or leave before this transaction ends.
pub async fn hold(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
) -> Result<Option<User>, Error> {
    let row = Entity::find_by_id((account.uuid(), user.uuid()))
        .lock_shared()
        .one(db)
        .await?;
    Ok(row.map(User::try_from).transpose()?)
}

/// Up to `limit` people after `after`, by id.
pub async fn page(
    db: &impl ConnectionTrait,
    account: AccountId,
    state: Option<UserState>,
    after: Option<UserId>,
    limit: u64,
) -> Result<Vec<User>, Error> {
    let mut query = Entity::find().filter(Column::AccountId.eq(account.uuid()));
    if let Some(state) = state {
        query = query.filter(Column::State.eq(state.name()));
    }
    if let Some(after) = after {
        query = query.filter(Column::UserId.gt(after.uuid()));
    }
    let rows = query
        .order_by_asc(Column::UserId)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(User::try_from)
        .collect::<Result<_, _>>()?)
}

/// Somebody new.
pub async fn insert(db: &impl ConnectionTrait, user: &User) -> Result<(), Error> {
    Entity::insert(ActiveModel::from(user))
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Takes back an [`insert`] of this transaction. Nobody who was ever committed is deleted.
pub async fn take_back(db: &impl ConnectionTrait, user: &User) -> Result<(), Error> {
    Entity::delete_by_id((user.account.uuid(), user.id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// The person as they are now. The account must have been locked.
pub async fn update(db: &impl ConnectionTrait, user: &User) -> Result<(), Error> {
    Entity::update(ActiveModel::from(user)).exec(db).await?;
    Ok(())
}

impl TryFrom<Model> for User {
    type Error = Unreadable;

    fn try_from(row: Model) -> Result<Self, Unreadable> {
        let state = UserState::named(&row.state);
        Ok(Self {
            account: AccountId::from_uuid(row.account_id),
            id: UserId::from_uuid(row.user_id),
            first_name: read(TABLE, "first_name", &row.first_name)?,
            last_name: read(TABLE, "last_name", &row.last_name)?,
            email: read(TABLE, "email", &row.email)?,
            job_title: read(TABLE, "job_title", &row.job_title)?,
            state: state.ok_or_else(|| Unreadable::new(TABLE, "state", "unknown"))?,
            created: row.created_at,
            updated: row.updated_at,
            version: row.version,
        })
    }
}

impl From<&User> for ActiveModel {
    fn from(user: &User) -> Self {
        Self {
            account_id: Set(user.account.uuid()),
            user_id: Set(user.id.uuid()),
            first_name: Set(user.first_name.to_string()),
            last_name: Set(user.last_name.to_string()),
            email: Set(user.email.to_string()),
            job_title: Set(user.job_title.to_string()),
            state: Set(user.state.name().to_owned()),
            created_at: Set(user.created),
            updated_at: Set(user.updated),
            version: Set(user.version),
        }
    }
}
