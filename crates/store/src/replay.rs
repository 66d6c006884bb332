//! The same request twice, the same answer twice, one effect.
//!
//! A client that lost an answer repeats its request with the same
//! `request_id`. The first attempt wrote its answer in the transaction of its
//! effect; the repeat is answered from there. Two at the same time: the second
//! waits for the first. The same id with another request is refused.
//!
//! ```ignore
//! let attempt = &Attempt::new(account, caller.subject, METHOD, request_id, &request);
//! store.tenant_transaction(account, |tx| async move {
//!     replay::once(&tx, attempt, async {
//!         // change something, build the answer
//!     }).await
//! }).await
//! ```
//!
//! A service that uses it lists [`MIGRATION`] among its own and sweeps with
//! [`forget`] now and then.

use std::fmt::Display;

use chrono::{DateTime, Utc};
use fault::{Fault, ReasonCode};
use ids::{AccountId, RequestId};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Migration, Store, StoreError, Transaction};

/// The table of kept answers, for the front of a service's list.
pub const MIGRATION: Migration = Migration {
    name: "0000_replay",
    up: include_str!("sql/replay.up.sql"),
    down: include_str!("sql/replay.down.sql"),
};

/// `ALREADY_EXISTS`: the request id was used before with another request.
pub const REQUEST_ID_REUSED: ReasonCode = ReasonCode::new("strowger.dev", "REQUEST_ID_REUSED");

/// How many old answers one statement forgets, so that it never runs long.
const FORGET_AT_ONCE: i64 = 1_000;

/// One request of one caller, as it must look when it is repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    account: Uuid,
    actor: String,
    method: &'static str,
    request_id: RequestId,
    request_hash: Vec<u8>,
}

impl Attempt {
    /// `account` is the tenant that the effect is in, `actor` the caller's id,
    /// `method` the path such as `/strowger.directory.v1.QueueService/CreateQueue`.
    /// Two callers may use the same id.
    #[must_use]
    pub fn new(
        account: AccountId,
        actor: impl Display,
        method: &'static str,
        request_id: RequestId,
        request: &impl prost::Message,
    ) -> Self {
        Self {
            account: account.uuid(),
            actor: actor.to_string(),
            method,
            request_id,
            request_hash: Sha256::digest(request.encode_to_vec()).to_vec(),
        }
    }

    /// For requests outside every account, such as the one that creates it.
    #[must_use]
    pub fn of_platform(
        actor: impl Display,
        method: &'static str,
        request_id: RequestId,
        request: &impl prost::Message,
    ) -> Self {
        let nobody = AccountId::from_uuid(Uuid::nil());
        Self::new(nobody, actor, method, request_id, request)
    }

    fn statement(&self, sql: &str, response: Option<Vec<u8>>) -> Statement {
        let mut values = vec![
            self.account.into(),
            self.actor.clone().into(),
            self.method.into(),
            self.request_id.as_str().into(),
        ];
        if let Some(response) = response {
            values.push(response.into());
        }
        Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
    }
}

/// Why a request was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The request id was used before, with another request.
    #[error("the request id was used before with another request")]
    Reused,
    /// The kept answer cannot be read: the message changed incompatibly.
    #[error("a kept answer cannot be read")]
    Unreadable(#[from] prost::DecodeError),
    /// Postgres failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ReplayError> for Fault {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Reused => Self::already_exists(REQUEST_ID_REUSED, error.to_string()),
            ReplayError::Unreadable(cause) => Self::internal(cause),
            ReplayError::Store(error) => error.into(),
        }
    }
}

/// Carries out (polls) `effect` unless it was before; returns its answer either way.
///
/// A failed effect is not kept: the transaction ends with it, and a repeat
/// tries again.
///
/// # Errors
///
/// What `effect` fails with, or a [`ReplayError`].
pub async fn once<R, E>(
    tx: &Transaction,
    attempt: &Attempt,
    effect: impl Future<Output = Result<R, E>>,
) -> Result<R, E>
where
    R: prost::Message + Default,
    E: From<ReplayError>,
{
    if let Some(answer) = claim(tx, attempt).await? {
        return Ok(R::decode(answer.as_slice()).map_err(ReplayError::from)?);
    }
    let response = effect.await?;
    let keep = attempt.statement(
        "UPDATE replay SET response = $5 \
         WHERE account_id = $1 AND actor = $2 AND method = $3 AND request_id = $4",
        Some(response.encode_to_vec()),
    );
    tx.execute_raw(keep)
        .await
        .map_err(|error| ReplayError::from(StoreError::from(error)))?;
    Ok(response)
}

/// Takes the id for this transaction, or finds the answer of the one before. The
/// insert waits for another transaction that is inserting the same id.
async fn claim(tx: &Transaction, attempt: &Attempt) -> Result<Option<Vec<u8>>, ReplayError> {
    let insert = attempt.statement(
        "INSERT INTO replay (account_id, actor, method, request_id, request_hash, response) \
         VALUES ($1, $2, $3, $4, $5, '') ON CONFLICT DO NOTHING",
        Some(attempt.request_hash.clone()),
    );
    let inserted = tx.execute_raw(insert).await.map_err(StoreError::from)?;
    if inserted.rows_affected() == 1 {
        return Ok(None);
    }
    let find = attempt.statement(
        "SELECT request_hash, response FROM replay \
         WHERE account_id = $1 AND actor = $2 AND method = $3 AND request_id = $4",
        None,
    );
    let row = tx.query_one_raw(find).await.map_err(StoreError::from)?;
    let (hash, response) = read(row.as_ref())?;
    if hash == attempt.request_hash {
        Ok(Some(response))
    } else {
        Err(ReplayError::Reused)
    }
}

fn read(row: Option<&QueryResult>) -> Result<(Vec<u8>, Vec<u8>), StoreError> {
    let row = row.ok_or(StoreError::NotFound)?;
    Ok((
        row.try_get("", "request_hash")?,
        row.try_get("", "response")?,
    ))
}

/// Forgets answers older than `before`; returns how many. A repeat after that
/// is a new request, so `before` lies further back than any client retries.
///
/// # Errors
///
/// A [`StoreError`]; what was forgotten until then stays forgotten.
pub async fn forget(store: &Store, before: DateTime<Utc>) -> Result<u64, StoreError> {
    let mut forgotten = 0;
    loop {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "DELETE FROM replay WHERE ctid IN \
             (SELECT ctid FROM replay WHERE created_at < $1 LIMIT $2)",
            [before.into(), FORGET_AT_ONCE.into()],
        );
        let rows = store.execute_raw(statement).await?.rows_affected();
        forgotten += rows;
        if rows < FORGET_AT_ONCE.unsigned_abs() {
            return Ok(forgotten);
        }
    }
}
