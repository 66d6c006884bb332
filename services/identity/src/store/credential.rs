//! `credentials`.

use chrono::{DateTime, Utc};
use ids::{AccountId, UserId};
use sea_orm::{ActiveValue::Set, entity::prelude::*, sea_query::OnConflict};

use crate::error::Error;

/// A row.
#[derive(Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "credentials")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    user_id: Uuid,
    password_hash: String,
    changed_at: DateTimeUtc,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A hash can be attacked offline, so it is no more printed than a password.
impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model")
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

/// The PHC string of the person's password, if they have one.
pub async fn find(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
) -> Result<Option<String>, Error> {
    let row = Entity::find_by_id((account.uuid(), user.uuid()))
        .one(db)
        .await?;
    Ok(row.map(|row| row.password_hash))
}

/// The person's password from now on.
pub async fn put(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
    password_hash: String,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = ActiveModel {
        account_id: Set(account.uuid()),
        user_id: Set(user.uuid()),
        password_hash: Set(password_hash),
        changed_at: Set(now),
    };
    let replace = OnConflict::columns([Column::AccountId, Column::UserId])
        .update_columns([Column::PasswordHash, Column::ChangedAt])
        .to_owned();
    Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The same password hashed anew, unless somebody changed it meanwhile.
pub async fn upgrade(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
    from: &str,
    to: String,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::PasswordHash, to.into())
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::PasswordHash.eq(from))
        .exec(db)
        .await?;
    Ok(())
}
