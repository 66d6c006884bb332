//! `sessions`.

use chrono::{DateTime, Utc};
use ids::{AccountId, SessionId, UserId};
use sea_orm::{
    ActiveValue::Set, Condition, DbBackend, QueryOrder as _, QuerySelect as _, Statement,
    entity::prelude::*,
};

use super::{Unreadable, digest, read};
use crate::{
    domain::{
        session::{EndReason, Family, Session},
        sharing,
    },
    error::Error,
};

const TABLE: &str = "sessions";

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    session_id: Uuid,
    user_id: Uuid,
    label: String,
    network: String,
    seen_network: String,
    device: Option<Vec<u8>>,
    traceparent: String,
    created_at: DateTimeUtc,
    generation: i64,
    newest_digest: Vec<u8>,
    rotated_at: DateTimeUtc,
    expires_at: DateTimeUtc,
    ended_at: Option<DateTimeUtc>,
    end_reason: Option<String>,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The session.
pub async fn find(
    db: &impl ConnectionTrait,
    account: AccountId,
    session: SessionId,
) -> Result<Option<Session>, Error> {
    let row = Entity::find_by_id((account.uuid(), session.uuid()))
        .one(db)
        .await?;
    Ok(row.map(Session::try_from).transpose()?)
}

/// Up to `limit` live sessions of one person older than `before`, newest first.
pub async fn page(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
    before: Option<SessionId>,
    limit: u64,
    now: DateTime<Utc>,
) -> Result<Vec<Session>, Error> {
    let mut query = Entity::find()
        .filter(open(account, user))
        .filter(Column::ExpiresAt.gt(now));
    if let Some(before) = before {
        query = query.filter(Column::SessionId.lt(before.uuid()));
    }
    let rows = query
        .order_by_desc(Column::SessionId)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(Session::try_from)
        .collect::<Result<_, _>>()?)
}

/// Where the other live sessions of one person were used last, of those used after `since`.
pub async fn seen_elsewhere(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
    session: SessionId,
    since: DateTime<Utc>,
) -> Result<Vec<String>, Error> {
    let others = open(account, user)
        .add(Column::SessionId.ne(session.uuid()))
        .add(Column::RotatedAt.gt(since));
    let networks = Entity::find()
        .select_only()
        .column(Column::SeenNetwork)
        .distinct()
        .filter(others)
        .limit(sharing::MAX_NETWORKS as u64)
        .into_tuple()
        .all(db)
        .await?;
    Ok(networks)
}

/// Lets one transaction at a time begin a session of this person.
pub async fn one_at_a_time(db: &impl ConnectionTrait, user: UserId) -> Result<(), Error> {
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
    db.query_one_raw(Statement::from_sql_and_values(
        DbBackend::Postgres,
        lock,
        [user.to_string().into()],
    ))
    .await?;
    Ok(())
}

/// A new session.
pub async fn insert(db: &impl ConnectionTrait, session: &Session) -> Result<(), Error> {
    Entity::insert(ActiveModel::from(session))
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The family after a rotation or its end, which came from `network`, unless somebody else was
/// faster; whether it was written. `generation` is what the decision was made on.
pub async fn advance(
    db: &impl ConnectionTrait,
    account: AccountId,
    session: SessionId,
    generation: u64,
    family: &Family,
    network: &str,
) -> Result<bool, Error> {
    let row = ActiveModel {
        seen_network: Set(network.to_owned()),
        generation: Set(family.generation.cast_signed()),
        newest_digest: Set(family.digest.to_vec()),
        rotated_at: Set(family.rotated),
        expires_at: Set(family.expires),
        ended_at: Set(family.ended.map(|(at, _)| at)),
        end_reason: Set(family.ended.map(|(_, reason)| reason.name().to_owned())),
        ..Default::default()
    };
    let updated = Entity::update_many()
        .set(row)
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::SessionId.eq(session.uuid()))
        .filter(Column::Generation.eq(generation.cast_signed()))
        .filter(Column::EndedAt.is_null())
        .exec(db)
        .await?;
    Ok(updated.rows_affected > 0)
}

/// Ends one session of one person; whether there was one to end.
pub async fn end(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
    session: SessionId,
    reason: EndReason,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let only = Column::SessionId.eq(session.uuid());
    let ended = end_where(db, open(account, user).add(only), reason, now).await?;
    Ok(!ended.is_empty())
}

/// Ends every session of one person except, perhaps, the one they are using; which ended.
pub async fn end_all(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
    except: Option<SessionId>,
    reason: EndReason,
    now: DateTime<Utc>,
) -> Result<Vec<SessionId>, Error> {
    let others = except.map(|session| Column::SessionId.ne(session.uuid()));
    end_where(db, open(account, user).add_option(others), reason, now).await
}

/// Ends every session in the account.
pub async fn end_everybodys(
    db: &impl ConnectionTrait,
    account: AccountId,
    reason: EndReason,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::EndedAt, now.into())
        .col_expr(Column::EndReason, reason.name().into())
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::EndedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// Forgets sessions of all accounts that ran out before `before`; how many. To be asked outside
/// every account, where row-level security shows only those that ran out.
pub async fn forget(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, Error> {
    let deleted = Entity::delete_many()
        .filter(Column::ExpiresAt.lt(before))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}

fn open(account: AccountId, user: UserId) -> Condition {
    Condition::all()
        .add(Column::AccountId.eq(account.uuid()))
        .add(Column::UserId.eq(user.uuid()))
        .add(Column::EndedAt.is_null())
}

async fn end_where(
    db: &impl ConnectionTrait,
    which: Condition,
    reason: EndReason,
    now: DateTime<Utc>,
) -> Result<Vec<SessionId>, Error> {
    let ended = Entity::update_many()
        .col_expr(Column::EndedAt, now.into())
        .col_expr(Column::EndReason, reason.name().into())
        .filter(which)
        .exec_with_returning(db)
        .await?;
    Ok(ended
        .into_iter()
        .map(|row| SessionId::from_uuid(row.session_id))
        .collect())
}

impl TryFrom<Model> for Session {
    type Error = Unreadable;

    fn try_from(row: Model) -> Result<Self, Unreadable> {
        let ended = match (row.ended_at, row.end_reason) {
            (Some(at), Some(reason)) => {
                let reason = EndReason::named(&reason);
                Some((
                    at,
                    reason.ok_or_else(|| Unreadable::new(TABLE, "end_reason", "unknown"))?,
                ))
            }
            _ => None,
        };
        Ok(Self {
            account: AccountId::from_uuid(row.account_id),
            id: SessionId::from_uuid(row.session_id),
            user: UserId::from_uuid(row.user_id),
            label: read(TABLE, "label", &row.label)?,
            network: row.network,
            seen: row.seen_network,
            device: row.device.and_then(|device| device.try_into().ok()),
            traceparent: row.traceparent,
            created: row.created_at,
            family: Family {
                generation: row.generation.cast_unsigned(),
                digest: digest(TABLE, "newest_digest", &row.newest_digest)?,
                rotated: row.rotated_at,
                expires: row.expires_at,
                ended,
            },
        })
    }
}

impl From<&Session> for ActiveModel {
    fn from(session: &Session) -> Self {
        let family = &session.family;
        Self {
            account_id: Set(session.account.uuid()),
            session_id: Set(session.id.uuid()),
            user_id: Set(session.user.uuid()),
            label: Set(session.label.to_string()),
            network: Set(session.network.clone()),
            seen_network: Set(session.seen.clone()),
            device: Set(session.device.map(Vec::from)),
            traceparent: Set(session.traceparent.clone()),
            created_at: Set(session.created),
            generation: Set(family.generation.cast_signed()),
            newest_digest: Set(family.digest.to_vec()),
            rotated_at: Set(family.rotated),
            expires_at: Set(family.expires),
            ended_at: Set(family.ended.map(|(at, _)| at)),
            end_reason: Set(family.ended.map(|(_, reason)| reason.name().to_owned())),
        }
    }
}
