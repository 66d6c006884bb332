//! Events of the bus that take effect in Postgres, each exactly once.
//!
//! A follower reads a partition's stream from the offset that stands in its own database and moves
//! the offset, compare and set, in the transaction of the effect. So nothing depends on who reads:
//! a replica that dies before the commit has done nothing, one that dies after it is done, and of
//! two that read the same event one commits and the other reads on behind it. Leases only keep
//! replicas from doing work twice.
//!
//! A service says in an [`Effect`] what it waits for and what it does then, lists [`MIGRATION`]
//! among its own and runs one [`Follow`] per replica. Whoever has an effect of many events in one
//! transaction uses [`Move`], [`load`] and [`move_all`] directly.

mod offset;
mod place;
mod run;

use std::future::Future;

use live::LiveError;
use live::event::Envelope;

pub use offset::{Move, hold, load, move_all};
pub use run::Follow;

use crate::{Migration, StoreError, Transaction};

/// The table of the offsets.
pub const MIGRATION: Migration = Migration {
    name: "0000_offsets",
    up: include_str!("sql/offsets.up.sql"),
    down: include_str!("sql/offsets.down.sql"),
};

/// What a service does when it hears of something.
pub trait Effect: Send + Sync + 'static {
    /// Why it did not happen. Whatever it is, the event is tried again, and the later ones of its
    /// partition wait: what can never work must have an effect of its own.
    type Error: std::error::Error + From<StoreError> + Send + Sync + 'static;

    /// Whether the event is one that it waits for. Most are not: this must cost nothing.
    fn concerns(&self, event: &Envelope) -> bool;

    /// The effect, in a transaction of the event's account that moves the offset too.
    fn apply(
        &self,
        tx: Transaction,
        event: &Envelope,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Why a round was broken off.
#[derive(Debug, thiserror::Error)]
enum Stuck<E: std::error::Error + 'static> {
    /// Postgres.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Redis.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// An event did not take effect.
    #[error("an event did not take effect")]
    Effect(#[source] E),
    /// Another replica moved the offset first.
    #[error("another follower was faster")]
    Overtaken,
}
