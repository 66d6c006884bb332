//! What a person on the floor is and what may happen to them, without Redis, clock or wire.
//!
//! [`Person`] is what the rest of the service reads and shows. [`Floor`] is the reference for
//! the scripts in `lua/`: the same rules in pure Rust, where they are easy to read and test. The
//! scripts are what runs, because only they are atomic; `tests/it/model` holds the two together,
//! operation by operation.

mod call;
mod event;
mod floor;
mod membership;
mod mode;
mod person;
mod roster;
mod state;

pub use call::{Lock, Offer, Phase, Token, WrapUp};
pub use event::{Cause, Event};
pub use floor::{Enrolment, Floor, Kind, Order, Outcome, Pass, Placed, Queue, Refusal};
pub use membership::{Membership, Strategy};
pub use mode::{Choice, Mode, Source};
pub use person::Person;
pub use roster::{Roster, Seat};
pub use state::State;

/// An instant, in whole milliseconds: what Redis `TIME` tells and the hashes keep.
pub type Instant = chrono::DateTime<chrono::Utc>;
