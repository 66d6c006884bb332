//! `password_resets`.

use chrono::{DateTime, Utc};
use ids::{AccountId, PasswordResetId, UserId};
use sea_orm::{ActiveValue::Set, QuerySelect as _, entity::prelude::*};

use super::{Unreadable, digest};
use crate::{domain::reset::PasswordReset, error::Error};

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "password_resets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    reset_id: Uuid,
    user_id: Uuid,
    secret_digest: Vec<u8>,
    created_at: DateTimeUtc,
    expires_at: DateTimeUtc,
    ended_at: Option<DateTimeUtc>,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The reset, which nobody else can redeem before this transaction ends.
pub async fn lock(
    db: &impl ConnectionTrait,
    account: AccountId,
    reset: PasswordResetId,
) -> Result<Option<PasswordReset>, Error> {
    let row = Entity::find_by_id((account.uuid(), reset.uuid()))
        .lock_exclusive()
        .one(db)
        .await?;
    Ok(row.map(PasswordReset::try_from).transpose()?)
}

/// A new reset, the only open one: [`end_open`] comes first.
pub async fn insert(db: &impl ConnectionTrait, reset: &PasswordReset) -> Result<(), Error> {
    Entity::insert(ActiveModel::from(reset))
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The reset as it is now. It must have been locked.
pub async fn update(db: &impl ConnectionTrait, reset: &PasswordReset) -> Result<(), Error> {
    Entity::update(ActiveModel::from(reset)).exec(db).await?;
    Ok(())
}

/// No token of this person is good any more.
pub async fn end_open(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::EndedAt, now.into())
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::EndedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// Forgets resets of all accounts that ran out before `before`; how many. To be asked outside
/// every account, as for sessions.
pub async fn forget(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, Error> {
    let deleted = Entity::delete_many()
        .filter(Column::ExpiresAt.lt(before))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}

impl TryFrom<Model> for PasswordReset {
    type Error = Unreadable;

    fn try_from(row: Model) -> Result<Self, Unreadable> {
        Ok(Self {
            account: AccountId::from_uuid(row.account_id),
            id: PasswordResetId::from_uuid(row.reset_id),
            user: UserId::from_uuid(row.user_id),
            digest: digest("password_resets", "secret_digest", &row.secret_digest)?,
            created: row.created_at,
            expires: row.expires_at,
            ended: row.ended_at,
        })
    }
}

impl From<&PasswordReset> for ActiveModel {
    fn from(reset: &PasswordReset) -> Self {
        Self {
            account_id: Set(reset.account.uuid()),
            reset_id: Set(reset.id.uuid()),
            user_id: Set(reset.user.uuid()),
            secret_digest: Set(reset.digest.to_vec()),
            created_at: Set(reset.created),
            expires_at: Set(reset.expires),
            ended_at: Set(reset.ended),
        }
    }
}
