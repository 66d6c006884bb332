//! Presence in Redis: keys, one typed wrapper per script, and people read back from their hashes.
//!
//! Decides nothing: the scripts in `lua/` do, atomically. To add an operation, write its script
//! with the header that the others have, its wrapper beside those of its kind, and its rule in
//! [`crate::domain::Floor`]; `tests/it/model` then compares the two.

mod codes;
mod epoch;
mod floor;
mod hash;
mod keys;
mod people;
mod plan;
mod read;
mod script;

pub use epoch::Opening;
pub use floor::{Claim, Fate, OfferTo, Reserved};
pub use hash::Corrupt;
pub use people::{ModeChange, Wish};

use live::Live;

use keys::Keys;

/// Presence's part of Redis.
#[derive(Debug, Clone)]
pub struct Store {
    live: Live,
    keys: Keys,
    /// How long the answers of operations are remembered, in milliseconds.
    memory_ms: u64,
}

impl Store {
    /// On this connection; answers of operations are remembered for `memory`.
    #[must_use]
    pub fn new(live: Live, memory: std::time::Duration) -> Self {
        let keys = Keys::new(live.keys().clone());
        Self {
            live,
            keys,
            memory_ms: u64::try_from(memory.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// The connection, for what is not presence's own: events, leases, timers.
    #[must_use]
    pub fn live(&self) -> &Live {
        &self.live
    }
}
