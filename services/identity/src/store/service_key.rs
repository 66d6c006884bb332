//! `service_keys`.

use access::permission;
use chrono::{DateTime, Utc};
use ids::{AccountId, ServiceKeyId};
use sea_orm::{
    ActiveValue::Set,
    FromJsonQueryResult, QueryOrder as _, QuerySelect as _,
    entity::prelude::*,
    sea_query::{LockBehavior, LockType},
};
use serde::{Deserialize, Serialize};

use super::{Unreadable, digest, read};
use crate::{
    domain::service_key::{Scopes, ServiceKey, Use},
    error::Error,
};

const TABLE: &str = "service_keys";

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "service_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    key_id: Uuid,
    display_name: String,
    #[sea_orm(column_type = "JsonBinary")]
    permissions: Texts,
    #[sea_orm(column_type = "JsonBinary")]
    networks: Texts,
    created_by: String,
    created_at: DateTimeUtc,
    expires_at: DateTimeUtc,
    revoked_at: Option<DateTimeUtc>,
    secret_digest: Vec<u8>,
    secret_since: DateTimeUtc,
    former_digest: Option<Vec<u8>>,
    former_until: Option<DateTimeUtc>,
    last_used_at: Option<DateTimeUtc>,
    last_used_network: String,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Names of permissions, or networks, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Texts(Vec<String>);

/// The key, which nobody can rotate or revoke before this transaction ends. Others may use it,
/// and note that, at the same time.
pub async fn hold(
    db: &impl ConnectionTrait,
    account: AccountId,
    key: ServiceKeyId,
) -> Result<Option<ServiceKey>, Error> {
    locked(db, account, key, LockType::KeyShare).await
}

/// The key, which nobody can use or change before this transaction ends.
pub async fn lock(
    db: &impl ConnectionTrait,
    account: AccountId,
    key: ServiceKeyId,
) -> Result<Option<ServiceKey>, Error> {
    locked(db, account, key, LockType::Update).await
}

async fn locked(
    db: &impl ConnectionTrait,
    account: AccountId,
    key: ServiceKeyId,
    lock: LockType,
) -> Result<Option<ServiceKey>, Error> {
    let row = Entity::find_by_id((account.uuid(), key.uuid()))
        .lock(lock)
        .one(db)
        .await?;
    Ok(row.map(ServiceKey::try_from).transpose()?)
}

/// How many keys of the account can be used.
pub async fn in_use(
    db: &impl ConnectionTrait,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<u64, Error> {
    Ok(Entity::find()
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .count(db)
        .await?)
}

/// Up to `limit` keys after `after`, by id and so by age.
pub async fn page(
    db: &impl ConnectionTrait,
    account: AccountId,
    after: Option<&ServiceKeyId>,
    limit: u64,
) -> Result<Vec<ServiceKey>, Error> {
    let mut query = Entity::find().filter(Column::AccountId.eq(account.uuid()));
    if let Some(after) = after {
        query = query.filter(Column::KeyId.gt(after.uuid()));
    }
    let rows = query
        .order_by_asc(Column::KeyId)
        .limit(limit)
        .all(db)
        .await?;
    let keys = rows.into_iter().map(ServiceKey::try_from);
    Ok(keys.collect::<Result<_, _>>()?)
}

/// A new key. The account must have been locked.
pub async fn insert(db: &impl ConnectionTrait, key: &ServiceKey) -> Result<(), Error> {
    Entity::insert(ActiveModel::from(key))
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The key as it is now. It must have been locked.
pub async fn update(db: &impl ConnectionTrait, key: &ServiceKey) -> Result<(), Error> {
    Entity::update(ActiveModel::from(key)).exec(db).await?;
    Ok(())
}

/// Notes a use, unless somebody is noting one right now: nobody waits for a note.
pub async fn note_use(
    db: &impl ConnectionTrait,
    account: AccountId,
    key: ServiceKeyId,
    noted: &Use,
) -> Result<(), Error> {
    let free = Entity::find_by_id((account.uuid(), key.uuid()))
        .lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked)
        .one(db)
        .await?;
    if free.is_some() {
        Entity::update_many()
            .col_expr(Column::LastUsedAt, noted.at.into())
            .col_expr(Column::LastUsedNetwork, noted.network.as_str().into())
            .filter(Column::AccountId.eq(account.uuid()))
            .filter(Column::KeyId.eq(key.uuid()))
            .exec(db)
            .await?;
    }
    Ok(())
}

impl TryFrom<Model> for ServiceKey {
    type Error = Unreadable;

    fn try_from(row: Model) -> Result<Self, Unreadable> {
        let unknown = || Unreadable::new(TABLE, "permissions", "unknown");
        let scopes = row.permissions.0.iter();
        let scopes = scopes.map(|name| permission::named(name).ok_or_else(unknown));
        let networks = row.networks.0.iter();
        let networks = networks.map(|network| read(TABLE, "networks", network));
        let former = match (row.former_digest, row.former_until) {
            (Some(former), Some(until)) => Some((digest(TABLE, "former_digest", &former)?, until)),
            _ => None,
        };
        let network = row.last_used_network;
        Ok(Self {
            account: AccountId::from_uuid(row.account_id),
            id: ServiceKeyId::from_uuid(row.key_id),
            name: read(TABLE, "display_name", &row.display_name)?,
            scopes: Scopes::stored(scopes.collect::<Result<_, _>>()?),
            networks: networks.collect::<Result<_, _>>()?,
            created_by: row.created_by,
            created: row.created_at,
            expires: row.expires_at,
            revoked: row.revoked_at,
            digest: digest(TABLE, "secret_digest", &row.secret_digest)?,
            rotated: row.secret_since,
            former,
            last_use: row.last_used_at.map(|at| Use { at, network }),
        })
    }
}

impl From<&ServiceKey> for ActiveModel {
    fn from(key: &ServiceKey) -> Self {
        let scopes = key.scopes.as_slice().iter();
        let scopes = scopes.map(|scope| permission::name(*scope).to_owned());
        let (last_used_at, network) = key
            .last_use
            .as_ref()
            .map_or((None, ""), |last| (Some(last.at), last.network.as_str()));
        Self {
            account_id: Set(key.account.uuid()),
            key_id: Set(key.id.uuid()),
            display_name: Set(key.name.to_string()),
            permissions: Set(Texts(scopes.collect())),
            networks: Set(Texts(
                key.networks.iter().map(ToString::to_string).collect(),
            )),
            created_by: Set(key.created_by.clone()),
            created_at: Set(key.created),
            expires_at: Set(key.expires),
            revoked_at: Set(key.revoked),
            secret_digest: Set(key.digest.to_vec()),
            secret_since: Set(key.rotated),
            former_digest: Set(key.former.map(|(digest, _)| digest.to_vec())),
            former_until: Set(key.former.map(|(_, until)| until)),
            last_used_at: Set(last_used_at),
            last_used_network: Set(network.to_owned()),
        }
    }
}
