//! `signing_keys`.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ExprTrait as _, QueryOrder as _, QuerySelect as _, entity::prelude::*,
};

use super::digest;
use crate::{
    domain::signing_key::{MAX_PUBLISHED, Schedule},
    error::Error,
};

/// A row.
#[derive(Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    key_id: String,
    public_key: Vec<u8>,
    sealed_private: Vec<u8>,
    created_at: DateTimeUtc,
    active_from: DateTimeUtc,
    replaced_at: Option<DateTimeUtc>,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

/// A key as stored.
#[derive(Clone)]
pub struct StoredKey {
    /// When it signs.
    pub schedule: Schedule,
    /// What verifies.
    pub public: [u8; 32],
    /// What signs, sealed.
    pub sealed_private: Vec<u8>,
}

/// The keys replaced after `since` or not at all, newest first.
pub async fn all_since(
    db: &impl ConnectionTrait,
    since: DateTime<Utc>,
) -> Result<Vec<StoredKey>, Error> {
    let rows = Entity::find()
        .filter(
            Column::ReplacedAt
                .is_null()
                .or(Column::ReplacedAt.gt(since)),
        )
        .order_by_desc(Column::ActiveFrom)
        .limit(MAX_PUBLISHED)
        .all(db)
        .await?;
    let keys = rows.into_iter().map(|row| {
        let public = digest("signing_keys", "public_key", &row.public_key)?;
        let schedule = Schedule {
            key_id: row.key_id,
            active_from: row.active_from,
            replaced_at: row.replaced_at,
        };
        Ok(StoredKey {
            schedule,
            public,
            sealed_private: row.sealed_private,
        })
    });
    keys.collect()
}

/// A new key.
pub async fn insert(
    db: &impl ConnectionTrait,
    key: &StoredKey,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = ActiveModel {
        key_id: Set(key.schedule.key_id.clone()),
        public_key: Set(key.public.to_vec()),
        sealed_private: Set(key.sealed_private.clone()),
        created_at: Set(now),
        active_from: Set(key.schedule.active_from),
        replaced_at: Set(key.schedule.replaced_at),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Another key takes over at `at`.
pub async fn replace(
    db: &impl ConnectionTrait,
    key_id: &str,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::ReplacedAt, at.into())
        .filter(Column::KeyId.eq(key_id))
        .filter(Column::ReplacedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}
