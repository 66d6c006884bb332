//! A small table, and SQL on it.

use sea_orm::{DbBackend, Statement, Value};
use store::{ConnectionTrait, Migration};

/// A table with a name that is unique, a parent that exists and some text.
pub(crate) const MIGRATION: Migration = Migration {
    name: "0001_create_things",
    up: "CREATE TABLE things (
             id     bigint NOT NULL PRIMARY KEY,
             name   text   NOT NULL CONSTRAINT things_name_key UNIQUE,
             parent bigint CONSTRAINT things_parent_fkey REFERENCES things,
             size   bigint NOT NULL DEFAULT 0 CONSTRAINT things_size_check CHECK (size >= 0)
         )",
    down: "DROP TABLE things",
};

pub(crate) fn sql<const N: usize>(text: &str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, text, values)
}

/// One number from the database.
pub(crate) async fn number(db: &impl ConnectionTrait, text: &str) -> i64 {
    let row = db.query_one_raw(sql(text, [])).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}
