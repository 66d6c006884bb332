//! Pure folds: what the events of a call, a person or a change add up to. No I/O, no clock; the
//! same events in the same order give the same rows and numbers, to the bit, today and in a
//! rebuild.
//!
//! Outcomes, offer ends, queue exits and presence states are the generated enums: reporting
//! repeats the words of the services that decide, and has none of its own for them.

pub mod audit;
pub mod definitions;
pub mod fold;
pub mod leg;
pub mod membership;
pub mod person;
pub mod quarter;
pub mod reconcile;
pub mod record;
pub mod sequence;
pub mod statistics;
pub mod step;
pub mod wait;
