//! `password_reset_requests`: addresses that wait for a mail, whoever they belong to.

use chrono::{DateTime, Utc};
use ids::DeliveryId;
use sea_orm::{
    ActiveValue::Set,
    Condition, QueryOrder as _, QuerySelect as _,
    entity::prelude::*,
    sea_query::{LockBehavior, LockType, OnConflict},
};

use super::read;
use crate::{
    domain::{email::Email, reset::LEASE},
    error::Error,
};

/// A row.
#[derive(Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "password_reset_requests")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    email_key: String,
    delivery_id: Uuid,
    network: String,
    requested_at: DateTimeUtc,
    taken_until: Option<DateTimeUtc>,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// An address is personal data and has no place in a log.
impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model")
            .field("delivery_id", &self.delivery_id)
            .finish_non_exhaustive()
    }
}

/// Somebody who waits.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Names the mail.
    pub delivery: DeliveryId,
    /// The address, as it is compared.
    pub email: Email,
    /// Where the request came from, truncated.
    pub network: String,
}

/// Notes a request. Asking again is one request, to be delivered anew.
pub async fn put(
    db: &impl ConnectionTrait,
    email: &Email,
    network: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = ActiveModel {
        email_key: Set(email.key().to_owned()),
        delivery_id: Set(DeliveryId::generate().uuid()),
        network: Set(network.to_owned()),
        requested_at: Set(now),
        taken_until: Set(None),
    };
    let renew = OnConflict::column(Column::EmailKey)
        .update_columns([
            Column::DeliveryId,
            Column::Network,
            Column::RequestedAt,
            Column::TakenUntil,
        ])
        .to_owned();
    Entity::insert(row)
        .on_conflict(renew)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Takes up to `limit` requests made after `since`, the oldest first. Nobody else gets them
/// before the lease is over.
pub async fn take(
    db: &impl ConnectionTrait,
    limit: u64,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<Waiting>, Error> {
    let free = Condition::any()
        .add(Column::TakenUntil.is_null())
        .add(Column::TakenUntil.lte(now));
    let rows = Entity::find()
        .filter(free)
        .filter(Column::RequestedAt.gt(since))
        .order_by_asc(Column::RequestedAt)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(db)
        .await?;
    let taken: Vec<Uuid> = rows.iter().map(|row| row.delivery_id).collect();
    Entity::update_many()
        .col_expr(Column::TakenUntil, (now + LEASE).into())
        .filter(Column::DeliveryId.is_in(taken))
        .exec(db)
        .await?;
    let waiting = rows.into_iter().map(|row| {
        Ok(Waiting {
            delivery: DeliveryId::from_uuid(row.delivery_id),
            email: read("password_reset_requests", "email_key", &row.email_key)?,
            network: row.network,
        })
    });
    waiting.collect()
}

/// Nobody waits for these any more.
pub async fn delete(db: &impl ConnectionTrait, deliveries: &[DeliveryId]) -> Result<(), Error> {
    let ids: Vec<Uuid> = deliveries.iter().map(|delivery| delivery.uuid()).collect();
    Entity::delete_many()
        .filter(Column::DeliveryId.is_in(ids))
        .exec(db)
        .await?;
    Ok(())
}

/// Forgets requests older than `before`; how many.
pub async fn forget(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, Error> {
    let deleted = Entity::delete_many()
        .filter(Column::RequestedAt.lt(before))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}
