//! Postgres: one pool, transactions that retry, migrations, and the
//! tables that Postgres services need the same way.
//!
//! **Owns** the connection settings ([`Config`]), the pool ([`Store`]), the
//! bounded retry of [`Store::transaction`], the sorting of SQL errors
//! ([`StoreError`]), [`Migration`]s, the [`outbox`] whose events reach Redis,
//! the [`replay`] of requests that are sent twice, opaque [`page`] tokens, and
//! to [`follow`] the events of others.
//!
//! **Never** knows a service's tables, and never decides what a failure means
//! to a client beyond "a defect" and "try again": a service maps its unique
//! constraints itself.
//!
//! **Queries** are sea-orm or plain SQL on a [`Store`] or a [`Transaction`],
//! which are both a [`ConnectionTrait`]; each statement is a span and a
//! measurement when there is a request around it.
//!
//! **One more service**: a `migrations/` folder and one list, which starts with
//! the fragments it needs from here:
//!
//! ```ignore
//! pub const MIGRATIONS: &[Migration] = &[
//!     store::outbox::MIGRATION,
//!     store::replay::MIGRATION,
//!     store::migration!("../../migrations", "0001_create_queues"),
//! ];
//! ```
//!
//! **Tenants**: [`Store::tenant_transaction`] sets `app.account_id` for the
//! transaction, so that a policy keeps a query that forgot its tenant empty:
//!
//! ```sql
//! ALTER TABLE queues ENABLE ROW LEVEL SECURITY;
//! ALTER TABLE queues FORCE ROW LEVEL SECURITY;
//! CREATE POLICY tenant ON queues
//!     USING (account_id = nullif(current_setting('app.account_id', true), '')::uuid);
//! ```

mod config;
mod error;
pub mod follow;
pub mod migration;
pub mod outbox;
pub mod page;
pub mod provision;
pub mod replay;
mod retry;
mod statement;
mod store;
mod transaction;

pub use config::{Config, ConfigError};
pub use error::StoreError;
pub use migration::{Migration, MigrationError};
pub use sea_orm::ConnectionTrait;
pub use store::Store;
pub use transaction::{Scope, Transaction};
