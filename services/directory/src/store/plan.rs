//! Plans: one snapshot of everything, and the word that it has changed.

use ids::AccountId;
use sea_orm::{Condition, ConnectionTrait, Statement};
use serde::{Deserialize, Serialize};

use super::{absence, account, table, table::Table};
use crate::{
    domain::{phone::E164, plan::Plan, resource::Record},
    error::Error,
};

/// The channel of Postgres on which changes are told.
pub const CHANNEL: &str = "plan_changed";

/// Word of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Whose plan.
    pub account: AccountId,
    /// The version after the change.
    pub version: i64,
    /// Numbers taken in, given up or moved.
    pub e164: Vec<String>,
}

/// Everything of an account. The transaction must be one that reads a single snapshot.
pub async fn load(snapshot: &impl ConnectionTrait, id: AccountId) -> Result<Option<Plan>, Error> {
    let Some(account) = account::find(snapshot, id).await? else {
        return Ok(None);
    };
    Ok(Some(Plan {
        account,
        numbers: all(snapshot, id).await?,
        extensions: all(snapshot, id).await?,
        ring_groups: all(snapshot, id).await?,
        queues: all(snapshot, id).await?,
        menus: all(snapshot, id).await?,
        schedules: all(snapshot, id).await?,
        absences: absence::list(snapshot, id).await?,
    }))
}

async fn all<R: Table>(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Vec<Record<R>>, Error> {
    table::list(db, account, None, None, Condition::all()).await
}

/// Tells every replica, when the transaction commits.
pub async fn announce(
    db: &impl ConnectionTrait,
    account: AccountId,
    version: i64,
    numbers: &[E164],
) -> Result<(), Error> {
    let changed = Changed {
        account,
        version,
        e164: numbers.iter().map(ToString::to_string).collect(),
    };
    let payload = serde_json::to_string(&changed)?;
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "SELECT pg_notify($1, $2)",
        [CHANNEL.into(), payload.into()],
    );
    db.execute_raw(statement).await?;
    Ok(())
}
