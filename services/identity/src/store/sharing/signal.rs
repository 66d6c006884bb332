use std::collections::HashMap;

use chrono::{DateTime, Utc};
use ids::{AccountId, UserId};
use sea_orm::{ConnectionTrait, DbBackend, Statement, entity::prelude::*};

use super::Unreadable;
use crate::{
    domain::sharing::{MAX_NETWORKS, Occasion, Signal, SignalKind, hour},
    error::Error,
};

const TABLE: &str = "sharing_signals";

/// The most occasions that an assessment looks at, the latest first: a score is certain long
/// before that, and nobody can make us read for long.
const MOST: u64 = 500;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sharing_signals")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    user_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    kind: String,
    #[sea_orm(primary_key, auto_increment = false)]
    hour_at: DateTimeUtc,
    first_at: DateTimeUtc,
    last_at: DateTimeUtc,
    signals: i32,
    networks: Vec<String>,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// One signal more about somebody.
pub async fn add(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
    signal: &Signal,
) -> Result<(), Error> {
    let networks = signal.networks.iter().take(MAX_NETWORKS);
    let networks: Vec<String> = networks.cloned().collect();
    let values = [
        account.uuid().into(),
        user.uuid().into(),
        signal.kind.name().into(),
        hour(signal.at).into(),
        signal.at.into(),
        networks.into(),
    ];
    let sql = include_str!("../sql/add_sharing_signal.sql");
    db.execute_raw(Statement::from_sql_and_values(
        DbBackend::Postgres,
        sql,
        values,
    ))
    .await?;
    Ok(())
}

/// What was noticed about each of these people after a moment.
pub async fn noticed(
    db: &impl ConnectionTrait,
    account: AccountId,
    people: &[(UserId, Option<DateTime<Utc>>)],
) -> Result<HashMap<UserId, Vec<Occasion>>, Error> {
    let users: Vec<Uuid> = people.iter().map(|(user, _)| user.uuid()).collect();
    let since: Vec<DateTime<Utc>> = people
        .iter()
        .map(|(_, since)| since.unwrap_or(DateTime::UNIX_EPOCH))
        .collect();
    let values = [
        account.uuid().into(),
        users.into(),
        since.into(),
        MOST.cast_signed().into(),
    ];
    let sql = include_str!("../sql/sharing_signals_of.sql");
    let rows = Entity::find()
        .from_raw_sql(Statement::from_sql_and_values(
            DbBackend::Postgres,
            sql,
            values,
        ))
        .all(db)
        .await?;
    let mut noticed = HashMap::<UserId, Vec<Occasion>>::new();
    for row in rows {
        let user = UserId::from_uuid(row.user_id);
        noticed.entry(user).or_default().push(row.try_into()?);
    }
    Ok(noticed)
}

/// Forgets signals of all accounts older than `before`; how many. To be asked outside every
/// account, where row-level security shows only those that are old enough.
pub async fn forget(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, Error> {
    let deleted = Entity::delete_many()
        .filter(Column::LastAt.lt(before))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}

impl TryFrom<Model> for Occasion {
    type Error = Unreadable;

    fn try_from(row: Model) -> Result<Self, Unreadable> {
        let kind = SignalKind::named(&row.kind);
        Ok(Self {
            kind: kind.ok_or_else(|| Unreadable::new(TABLE, "kind", "unknown"))?,
            first: row.first_at,
            last: row.last_at,
            signals: row.signals.unsigned_abs(),
            networks: row.networks.into_iter().collect(),
        })
    }
}
