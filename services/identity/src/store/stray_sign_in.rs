//! `stray_sign_ins`: attempts with a login that nobody has.

use chrono::{DateTime, Utc};
use ids::EventId;
use sea_orm::{ActiveValue::Set, entity::prelude::*};

use crate::error::Error;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "stray_sign_ins")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    attempt_id: Uuid,
    login_digest: Vec<u8>,
    network: String,
    attempted_at: DateTimeUtc,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// One more attempt. Writing it also makes an unknown login cost what a known one costs.
pub async fn insert(
    db: &impl ConnectionTrait,
    login_digest: [u8; 32],
    network: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = ActiveModel {
        attempt_id: Set(EventId::generate().uuid()),
        login_digest: Set(login_digest.to_vec()),
        network: Set(network.to_owned()),
        attempted_at: Set(now),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Forgets attempts older than `before`; how many.
pub async fn forget(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, Error> {
    let deleted = Entity::delete_many()
        .filter(Column::AttemptedAt.lt(before))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}
