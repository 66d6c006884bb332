//! What tests stand on.
//!
//! **Owns** the way to the real Postgres and Redis ([`Backends`]), a fresh
//! [`Database`] and key namespace per test, [`Callers`] with properly signed
//! tokens, a [`Wire`] that can be cut, [`eventually`] instead of sleeping, and [`Logs`].
//!
//! **Never** stands in for anything: a test without back ends fails with one
//! line that says what to run, and is never skipped. Never a dependency of
//! anything but tests.
//!
//! ```ignore
//! #[tokio::test]
//! async fn a_queue_is_found_again() {
//!     let database = Database::migrated("directory", directory::MIGRATIONS).await;
//!     let store = database.store().await;
//!     let live = Backends::get().live();
//!     …
//! }
//! ```
//!
//! **One more builder**: a module named after what it builds; every default is
//! valid, so that a test sets only what it is about.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so does what it stands on"
)]

mod backends;
mod callers;
mod database;
mod eventually;
mod logs;
mod wire;

pub use backends::Backends;
pub use callers::{Callers, Person};
pub use database::Database;
pub use eventually::eventually;
pub use logs::Logs;
pub use wire::Wire;
