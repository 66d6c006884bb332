//! Migrations: SQL files, applied in order, each once.
//!
//! A migration is two files, `NNNN_what_it_does.up.sql` and `….down.sql`, and a
//! line in the service's list. A migration that was applied anywhere is never
//! edited: its checksum is kept, and a difference is refused.
//!
//! Replicas may start together: each migration runs in a transaction that holds
//! an advisory lock, and looks again under it. A replica of the version before
//! may start beside a newer database; migrations it does not know are left alone.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sha2::{Digest, Sha256};

use crate::{Store, StoreError, Transaction, retry::outage_waits};

/// One step of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// The file's name without its ending; unique in a service's list.
    pub name: &'static str,
    /// Takes the step.
    pub up: &'static str,
    /// Takes it back.
    pub down: &'static str,
}

/// A [`Migration`] from its two files: `migration!("../migrations",
/// "0001_create_queues")`, with the folder relative to the Rust file.
#[macro_export]
macro_rules! migration {
    ($folder:literal, $name:literal) => {
        $crate::Migration {
            name: $name,
            up: include_str!(concat!($folder, "/", $name, ".up.sql")),
            down: include_str!(concat!($folder, "/", $name, ".down.sql")),
        }
    };
}

/// Why a schema was not changed.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// A file was edited after it had been applied.
    #[error("migration {0} was changed after it had been applied; write a new one instead")]
    Changed(&'static str),
    /// A file was put in front of one that had been applied.
    #[error(
        "migration {missing} comes before {applied}, which had been applied; move it to the end"
    )]
    OutOfOrder {
        /// The newcomer.
        missing: &'static str,
        /// What the database already has.
        applied: &'static str,
    },
    /// The SQL failed; the step left nothing behind.
    #[error("migration {name} failed")]
    Failed {
        /// Which one.
        name: &'static str,
        /// What Postgres said.
        #[source]
        cause: StoreError,
    },
    /// Postgres failed elsewhere.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MigrationError {
    fn is_outage(&self) -> bool {
        matches!(self, Self::Store(StoreError::Unavailable(_)))
    }
}

/// Whoever migrates has nothing better to do than to wait for a Postgres that
/// is still starting: about half a minute.
fn patience() -> impl Iterator<Item = Duration> {
    outage_waits().take(30)
}

/// Everybody who migrates this database takes this lock; the number is ours.
const LOCK: i64 = 0x0073_7472_6f77_6765;

const TABLE: &str = include_str!("sql/schema_migrations.sql");

impl Store {
    /// Applies what is missing; returns the names in order.
    ///
    /// # Errors
    ///
    /// See [`MigrationError`]. Steps before the failed one stay applied.
    pub async fn migrate(
        &self,
        migrations: &[Migration],
    ) -> Result<Vec<&'static str>, MigrationError> {
        let mut applied = Vec::new();
        let mut waits = patience();
        loop {
            let step = self
                .transaction(|tx| async move { apply_next(&tx, migrations).await })
                .await;
            match step {
                Ok(Some(name)) => {
                    tracing::info!(migration = name, "applied");
                    applied.push(name);
                }
                Ok(None) => return Ok(applied),
                Err(error) => match waits.next().filter(|_| error.is_outage()) {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => return Err(error),
                },
            }
        }
    }

    /// Takes back the last `steps` of the migrations we know; returns their
    /// names, latest first.
    ///
    /// # Errors
    ///
    /// See [`MigrationError`].
    pub async fn migrate_down(
        &self,
        migrations: &[Migration],
        steps: usize,
    ) -> Result<Vec<&'static str>, MigrationError> {
        let mut reverted = Vec::new();
        while reverted.len() < steps {
            let Some(name) = self
                .transaction(|tx| async move { revert_last(&tx, migrations).await })
                .await?
            else {
                break;
            };
            tracing::info!(migration = name, "taken back");
            reverted.push(name);
        }
        Ok(reverted)
    }

    /// The migrations that are not applied yet. A service is not ready before
    /// this is empty.
    ///
    /// # Errors
    ///
    /// See [`MigrationError`].
    pub async fn pending(
        &self,
        migrations: &[Migration],
    ) -> Result<Vec<&'static str>, MigrationError> {
        let first = applied_count(&self.journal().await?, migrations)?;
        Ok(migrations[first..].iter().map(|one| one.name).collect())
    }

    async fn journal(&self) -> Result<Vec<(String, String)>, StoreError> {
        let found = self
            .query_one_raw(sql(
                "SELECT to_regclass('schema_migrations') IS NOT NULL AS found",
            ))
            .await?;
        match found {
            Some(row) if row.try_get("", "found")? => read_journal(self).await,
            _ => Ok(Vec::new()),
        }
    }
}

async fn apply_next(
    tx: &Transaction,
    migrations: &[Migration],
) -> Result<Option<&'static str>, MigrationError> {
    lock(tx).await?;
    let first = applied_count(&read_journal(tx).await?, migrations)?;
    let Some(next) = migrations.get(first) else {
        return Ok(None);
    };
    run(tx, next.name, next.up).await?;
    let row = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)",
        [next.name.into(), checksum(next.up).into()],
    );
    tx.execute_raw(row).await.map_err(StoreError::from)?;
    Ok(Some(next.name))
}

async fn revert_last(
    tx: &Transaction,
    migrations: &[Migration],
) -> Result<Option<&'static str>, MigrationError> {
    lock(tx).await?;
    let count = applied_count(&read_journal(tx).await?, migrations)?;
    let Some(last) = count.checked_sub(1).and_then(|index| migrations.get(index)) else {
        return Ok(None);
    };
    run(tx, last.name, last.down).await?;
    let row = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "DELETE FROM schema_migrations WHERE name = $1",
        [last.name.into()],
    );
    tx.execute_raw(row).await.map_err(StoreError::from)?;
    Ok(Some(last.name))
}

/// One at a time, for as long as it takes: the waits of ordinary statements
/// would end a long step half-way or give up on the replica before us.
async fn lock(tx: &Transaction) -> Result<(), StoreError> {
    tx.execute_unprepared("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
        .await?;
    tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})"))
        .await?;
    tx.execute_unprepared(TABLE).await?;
    Ok(())
}

async fn run(tx: &Transaction, name: &'static str, text: &str) -> Result<(), MigrationError> {
    tx.execute_unprepared(text)
        .await
        .map(|_| ())
        .map_err(|error| MigrationError::Failed {
            name,
            cause: error.into(),
        })
}

async fn read_journal(db: &impl ConnectionTrait) -> Result<Vec<(String, String)>, StoreError> {
    let rows = db
        .query_all_raw(sql("SELECT name, checksum FROM schema_migrations"))
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("", "name")?, row.try_get("", "checksum")?)))
        .collect()
}

/// How many of ours are applied, after checking that they are the first ones
/// and unchanged.
fn applied_count(
    journal: &[(String, String)],
    migrations: &[Migration],
) -> Result<usize, MigrationError> {
    let mut count = 0;
    let mut missing = None;
    for migration in migrations {
        let found = journal.iter().find(|(name, _)| name == migration.name);
        match (found, missing) {
            (Some((_, kept)), _) if *kept != checksum(migration.up) => {
                return Err(MigrationError::Changed(migration.name));
            }
            (Some(_), Some(missing)) => {
                return Err(MigrationError::OutOfOrder {
                    missing,
                    applied: migration.name,
                });
            }
            (Some(_), None) => count += 1,
            (None, _) => missing = missing.or(Some(migration.name)),
        }
    }
    Ok(count)
}

fn checksum(text: &str) -> String {
    Sha256::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn sql(text: &str) -> Statement {
    Statement::from_string(DbBackend::Postgres, text)
}

#[cfg(test)]
mod tests {
    use super::{Migration, MigrationError, applied_count, checksum};

    const fn step(name: &'static str) -> Migration {
        Migration {
            name,
            up: name,
            down: "",
        }
    }

    const LIST: [Migration; 3] = [step("1"), step("2"), step("3")];

    fn journal(names: &[&str]) -> Vec<(String, String)> {
        names
            .iter()
            .map(|name| (name.to_string(), checksum(name)))
            .collect()
    }

    #[test]
    fn what_is_applied_is_counted_and_strangers_are_ignored() {
        assert_eq!(applied_count(&journal(&[]), &LIST).unwrap(), 0);
        assert_eq!(applied_count(&journal(&["1", "2"]), &LIST).unwrap(), 2);
        assert_eq!(
            applied_count(&journal(&["1", "2", "3", "4"]), &LIST).unwrap(),
            3
        );
    }

    #[test]
    fn an_edited_step_is_refused() {
        let mut journal = journal(&["1"]);
        journal[0].1.push('0');
        assert!(matches!(
            applied_count(&journal, &LIST),
            Err(MigrationError::Changed("1"))
        ));
    }

    #[test]
    fn a_step_in_front_of_an_applied_one_is_refused() {
        assert!(matches!(
            applied_count(&journal(&["1", "3"]), &LIST),
            Err(MigrationError::OutOfOrder {
                missing: "2",
                applied: "3"
            })
        ));
    }
}
