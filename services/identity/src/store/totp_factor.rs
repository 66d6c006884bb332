//! `totp_factors`: the authenticators in force.

use chrono::{DateTime, Utc};
use ids::{AccountId, UserId};
use sea_orm::{ActiveValue::Set, entity::prelude::*, sea_query::OnConflict};

use crate::error::Error;

/// A row.
#[derive(Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "totp_factors")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    user_id: Uuid,
    sealed_secret: Vec<u8>,
    last_step: i64,
    confirmed_at: DateTimeUtc,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model")
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

/// An authenticator as stored.
#[derive(Clone)]
pub struct StoredFactor {
    /// Its secret, sealed.
    pub sealed_secret: Vec<u8>,
    /// The step of the newest code that was accepted.
    pub last_step: i64,
}

/// The person's authenticator.
pub async fn find(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
) -> Result<Option<StoredFactor>, Error> {
    let row = Entity::find_by_id((account.uuid(), user.uuid()))
        .one(db)
        .await?;
    Ok(row.map(|row| StoredFactor {
        sealed_secret: row.sealed_secret,
        last_step: row.last_step,
    }))
}

/// The person's authenticator from now on.
pub async fn put(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
    factor: StoredFactor,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = ActiveModel {
        account_id: Set(account.uuid()),
        user_id: Set(user.uuid()),
        sealed_secret: Set(factor.sealed_secret),
        last_step: Set(factor.last_step),
        confirmed_at: Set(now),
    };
    let replace = OnConflict::columns([Column::AccountId, Column::UserId])
        .update_columns([Column::SealedSecret, Column::LastStep, Column::ConfirmedAt])
        .to_owned();
    Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// A code of `step` was used; whether nobody had used it, or a later one, before. The row is
/// locked by it: of two who come with one code at the same time the second looks again after
/// the first. `sealed_secret` is what the code was compared with.
pub async fn use_step(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
    sealed_secret: &[u8],
    step: i64,
) -> Result<bool, Error> {
    let updated = Entity::update_many()
        .col_expr(Column::LastStep, step.into())
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::SealedSecret.eq(sealed_secret.to_vec()))
        .filter(Column::LastStep.lt(step))
        .exec(db)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// The person has no authenticator any more; whether there was one.
pub async fn delete(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
) -> Result<bool, Error> {
    let deleted = Entity::delete_by_id((account.uuid(), user.uuid()))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected == 1)
}
