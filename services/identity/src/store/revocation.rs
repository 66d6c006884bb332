//! `revocations`, and the generations of tokens in `users` and `accounts`.

use access::{Generations, Revocation, Revoked};
use chrono::{DateTime, Utc};
use ids::{AccountId, ServiceKeyId, SessionId, UserId};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, Value};
use uuid::Uuid;

use super::Unreadable;
use crate::error::Error;

const TABLE: &str = "revocations";
const SESSION: &str = "SESSION";
const USER: &str = "USER";
const ACCOUNT: &str = "ACCOUNT";
const SERVICE_KEY: &str = "SERVICE_KEY";

/// A transaction of Postgres: whatever earlier ones wrote can be seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Horizon(u64);

/// These are revoked, all of the same generation.
pub async fn put(
    db: &impl ConnectionTrait,
    whose: &[Revoked],
    generation: u64,
    now: DateTime<Utc>,
    expires: DateTime<Utc>,
) -> Result<(), Error> {
    for kind in [SESSION, USER, ACCOUNT, SERVICE_KEY] {
        let ids: Vec<String> = whose
            .iter()
            .map(|whose| key(*whose))
            .filter(|(of, _)| *of == kind)
            .map(|(_, id)| id.to_string())
            .collect();
        if ids.is_empty() {
            continue;
        }
        let values = [
            kind.into(),
            ids.join(",").into(),
            generation.cast_signed().into(),
            now.into(),
            expires.into(),
        ];
        db.execute_raw(sql(include_str!("sql/put_revocations.sql"), values))
            .await?;
    }
    Ok(())
}

/// One generation of a person's tokens is over; the next, unless there is no such person.
pub async fn raise_user(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
) -> Result<Option<u64>, Error> {
    let ids = [account.uuid().into(), user.uuid().into()];
    raised(db, sql(include_str!("sql/raise_user.sql"), ids)).await
}

/// One generation of the tokens of everybody in an account is over; the next.
pub async fn raise_account(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Option<u64>, Error> {
    let ids = [account.uuid().into()];
    raised(db, sql(include_str!("sql/raise_account.sql"), ids)).await
}

/// Of which generation a token is that is made now. To be asked before what the token says: if
/// that changes meanwhile, the token must be of the old generation.
pub async fn generations(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
) -> Result<Generations, Error> {
    let ids = [account.uuid().into(), user.uuid().into()];
    let row = db
        .query_one_raw(sql(include_str!("sql/token_generations.sql"), ids))
        .await?;
    let Some(row) = row else {
        return Ok(Generations::default());
    };
    Ok(Generations {
        subject: row.try_get::<i64>("", "subject")?.cast_unsigned(),
        account: row.try_get::<i64>("", "account")?.cast_unsigned(),
    })
}

/// Of which generation a service key's token is that is made now. A key has none of its own: once
/// it is revoked it is gone for good.
pub async fn key_generations(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Generations, Error> {
    let ids = [account.uuid().into()];
    let found = sql(include_str!("sql/account_generation.sql"), ids);
    let Some(row) = db.query_one_raw(found).await? else {
        return Ok(Generations::default());
    };
    Ok(Generations {
        subject: 0,
        account: row.try_get::<i64>("", "account")?.cast_unsigned(),
    })
}

/// Where to go on from after this transaction has read what it can see.
pub async fn horizon(db: &impl ConnectionTrait) -> Result<Horizon, Error> {
    let row = db
        .query_one_raw(sql(include_str!("sql/revocation_horizon.sql"), []))
        .await?
        .ok_or_else(|| Unreadable::new(TABLE, "written_by", "no horizon"))?;
    let text: String = row.try_get("", "horizon")?;
    let number = text.parse();
    Ok(Horizon(number.map_err(|error| {
        Unreadable::new(TABLE, "written_by", error)
    })?))
}

/// Up to `limit` revocations after `after`, by key, which transactions from `since` on wrote.
pub async fn page(
    db: &impl ConnectionTrait,
    since: Horizon,
    after: Option<Revoked>,
    limit: u64,
) -> Result<Vec<Revocation>, Error> {
    let (kind, id) = after.map_or(("", Uuid::nil()), key);
    let values = [
        since.0.to_string().into(),
        kind.into(),
        id.into(),
        i64::try_from(limit).unwrap_or(i64::MAX).into(),
    ];
    let rows = db
        .query_all_raw(sql(include_str!("sql/revocations_since.sql"), values))
        .await?;
    rows.iter().map(revocation).collect()
}

/// Forgets what is about tokens that have expired by `now`; how many.
pub async fn forget(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, Error> {
    let statement = sql(
        "DELETE FROM revocations WHERE expires_at < $1",
        [now.into()],
    );
    Ok(db.execute_raw(statement).await?.rows_affected())
}

async fn raised(db: &impl ConnectionTrait, raise: Statement) -> Result<Option<u64>, Error> {
    let row = db.query_one_raw(raise).await?;
    let generation = row.map(|row| row.try_get::<i64>("", "token_generation"));
    Ok(generation.transpose()?.map(i64::cast_unsigned))
}

fn key(whose: Revoked) -> (&'static str, Uuid) {
    match whose {
        Revoked::Session(id) => (SESSION, id.uuid()),
        Revoked::User(id) => (USER, id.uuid()),
        Revoked::Account(id) => (ACCOUNT, id.uuid()),
        Revoked::ServiceKey(id) => (SERVICE_KEY, id.uuid()),
    }
}

fn revocation(row: &QueryResult) -> Result<Revocation, Error> {
    let id: Uuid = row.try_get("", "subject_id")?;
    let whose = match row.try_get::<String>("", "kind")?.as_str() {
        SESSION => Revoked::Session(SessionId::from_uuid(id)),
        USER => Revoked::User(UserId::from_uuid(id)),
        ACCOUNT => Revoked::Account(AccountId::from_uuid(id)),
        SERVICE_KEY => Revoked::ServiceKey(ServiceKeyId::from_uuid(id)),
        _ => return Err(Unreadable::new(TABLE, "kind", "unknown").into()),
    };
    Ok(Revocation {
        whose,
        generation: row.try_get::<i64>("", "generation")?.cast_unsigned(),
        revoked: row.try_get("", "revoked_at")?,
        expires: row.try_get("", "expires_at")?,
    })
}

fn sql(text: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, text, values)
}
