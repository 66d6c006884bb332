//! Postgres: the log, the records, the sums. A finder takes the account first.
//!
//! One file per resource, with everything that is written and asked of it; SQL that does not fit
//! a line stands in `store/sql/`. Writers take many rows at once, as one array per column: a batch
//! of a thousand events is a dozen statements.

pub mod audit;
pub mod batch;
pub mod call;
mod columns;
pub mod log;
pub mod month;
pub mod person;
pub mod rebuild;
pub mod statistics;

use sea_orm::{DbBackend, Statement, Value};
use store::{Migration, migration};

/// The schema, step by step.
pub const MIGRATIONS: &[Migration] = &[
    migration!("../migrations", "0001_create_offsets"),
    migration!("../migrations", "0002_create_calls"),
    migration!("../migrations", "0003_create_people"),
    migration!("../migrations", "0004_create_statistics"),
    migration!("../migrations", "0005_create_audit"),
    migration!("../migrations", "0006_guard_tenants"),
    migration!("../migrations", "0007_open_months"),
];

/// A stored value that reporting never wrote: a defect or a hand in the database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{table}.{column} holds a value that cannot be")]
pub struct Unreadable {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
}

impl Unreadable {
    const fn new(table: &'static str, column: &'static str) -> Self {
        Self { table, column }
    }
}

fn statement(sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}
