//! Events that are written with the change they report.
//!
//! A Postgres service inserts an [`Event`] in the transaction of the change:
//! both happen or neither. A [`Relay`] beside the service moves the rows to the
//! account's Redis stream, where every follower reads them, in order for each
//! subject and each once.
//!
//! A service that writes events lists [`MIGRATION`] among its own and runs one
//! relay per replica; an advisory lock lets one of them work at a time.

mod event;
mod relay;

pub use event::{Event, insert};
pub use relay::Relay;

use crate::Migration;

/// The tables of the outbox, for the front of a service's list.
pub const MIGRATION: Migration = Migration {
    name: "0000_outbox",
    up: include_str!("sql/outbox.up.sql"),
    down: include_str!("sql/outbox.down.sql"),
};
