//! `totp_enrolments`: authenticators that were offered and not confirmed yet, one a person.

use chrono::{DateTime, Utc};
use ids::{AccountId, UserId};
use sea_orm::{ActiveValue::Set, QuerySelect as _, entity::prelude::*, sea_query::OnConflict};

use crate::error::Error;

/// A row.
#[derive(Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "totp_enrolments")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    user_id: Uuid,
    sealed_secret: Vec<u8>,
    expires_at: DateTimeUtc,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model")
            .field("user_id", &self.user_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Offers the person this authenticator in place of any that was offered before.
pub async fn put(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
    sealed_secret: Vec<u8>,
    expires: DateTime<Utc>,
) -> Result<(), Error> {
    let row = ActiveModel {
        account_id: Set(account.uuid()),
        user_id: Set(user.uuid()),
        sealed_secret: Set(sealed_secret),
        expires_at: Set(expires),
    };
    let replace = OnConflict::columns([Column::AccountId, Column::UserId])
        .update_columns([Column::SealedSecret, Column::ExpiresAt])
        .to_owned();
    Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The sealed secret of the offer that is open at `now`, which nobody else can confirm before
/// this transaction ends.
pub async fn lock(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Option<Vec<u8>>, Error> {
    let row = Entity::find_by_id((account.uuid(), user.uuid()))
        .filter(Column::ExpiresAt.gt(now))
        .lock_exclusive()
        .one(db)
        .await?;
    Ok(row.map(|row| row.sealed_secret))
}

/// Nothing is offered to the person any more.
pub async fn delete(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
) -> Result<(), Error> {
    Entity::delete_by_id((account.uuid(), user.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Forgets offers of all accounts that ran out before `before`; how many. To be asked outside
/// every account, as for sessions.
pub async fn forget(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, Error> {
    let deleted = Entity::delete_many()
        .filter(Column::ExpiresAt.lt(before))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}
