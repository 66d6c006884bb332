//! `sign_in_challenges`.

use chrono::{DateTime, Utc};
use ids::{AccountId, ChallengeId, UserId};
use sea_orm::{ActiveValue::Set, QuerySelect as _, entity::prelude::*};

use super::{Unreadable, digest, read};
use crate::{domain::challenge::Challenge, error::Error};

const TABLE: &str = "sign_in_challenges";

/// A row.
#[derive(Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_in_challenges")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    challenge_id: Uuid,
    user_id: Uuid,
    secret_digest: Vec<u8>,
    label: String,
    sealed_enrolment: Option<Vec<u8>>,
    wrong_codes: i32,
    created_at: DateTimeUtc,
    expires_at: DateTimeUtc,
    ended_at: Option<DateTimeUtc>,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model")
            .field("challenge_id", &self.challenge_id)
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

/// The challenge.
pub async fn find(
    db: &impl ConnectionTrait,
    account: AccountId,
    challenge: ChallengeId,
) -> Result<Option<Challenge>, Error> {
    let row = Entity::find_by_id((account.uuid(), challenge.uuid()))
        .one(db)
        .await?;
    Ok(row.map(Challenge::try_from).transpose()?)
}

/// The challenge, which nobody else can answer before this transaction ends.
pub async fn lock(
    db: &impl ConnectionTrait,
    account: AccountId,
    challenge: ChallengeId,
) -> Result<Option<Challenge>, Error> {
    let row = Entity::find_by_id((account.uuid(), challenge.uuid()))
        .lock_exclusive()
        .one(db)
        .await?;
    Ok(row.map(Challenge::try_from).transpose()?)
}

/// A new challenge.
pub async fn insert(db: &impl ConnectionTrait, challenge: &Challenge) -> Result<(), Error> {
    Entity::insert(ActiveModel::from(challenge))
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The challenge as it is now. It must have been locked.
pub async fn update(db: &impl ConnectionTrait, challenge: &Challenge) -> Result<(), Error> {
    Entity::update(ActiveModel::from(challenge))
        .exec(db)
        .await?;
    Ok(())
}

/// No challenge of this person can be answered any more.
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

/// Forgets challenges of all accounts that ran out before `before`; how many. To be asked
/// outside every account, as for sessions.
pub async fn forget(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, Error> {
    let deleted = Entity::delete_many()
        .filter(Column::ExpiresAt.lt(before))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}

impl TryFrom<Model> for Challenge {
    type Error = Unreadable;

    fn try_from(row: Model) -> Result<Self, Unreadable> {
        Ok(Self {
            account: AccountId::from_uuid(row.account_id),
            id: ChallengeId::from_uuid(row.challenge_id),
            user: UserId::from_uuid(row.user_id),
            digest: digest(TABLE, "secret_digest", &row.secret_digest)?,
            label: read(TABLE, "label", &row.label)?,
            enrolment: row.sealed_enrolment,
            wrong: u32::try_from(row.wrong_codes)
                .map_err(|why| Unreadable::new(TABLE, "wrong_codes", why))?,
            created: row.created_at,
            expires: row.expires_at,
            ended: row.ended_at,
        })
    }
}

impl From<&Challenge> for ActiveModel {
    fn from(challenge: &Challenge) -> Self {
        Self {
            account_id: Set(challenge.account.uuid()),
            challenge_id: Set(challenge.id.uuid()),
            user_id: Set(challenge.user.uuid()),
            secret_digest: Set(challenge.digest.to_vec()),
            label: Set(challenge.label.to_string()),
            sealed_enrolment: Set(challenge.enrolment.clone()),
            wrong_codes: Set(challenge.wrong.cast_signed()),
            created_at: Set(challenge.created),
            expires_at: Set(challenge.expires),
            ended_at: Set(challenge.ended),
        }
    }
}
