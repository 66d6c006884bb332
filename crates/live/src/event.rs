//! The event bus: one stream per partition, written with the change that it reports.
//!
//! Redis services write with the Lua prelude `events.emit` in the script that changes the state;
//! Postgres services write an outbox row and relay it with [`append`]. Everybody reads with a
//! [`Follower`], from an [`Offset`] that the reader keeps where its effect is, in the same
//! transaction: that is what makes the effect exactly once. Only reporting trims, never past a
//! reader that has [`register`]ed.

mod append;
mod envelope;
mod follower;
mod registry;
mod stream;

pub use append::append;
pub use envelope::{Envelope, Malformed};
pub use follower::{Entry, Follower};
pub use registry::{register, registered};
pub use stream::{Offset, OffsetError, any_between, length, trim, trimmed};
