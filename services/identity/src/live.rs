//! Redis: what identity counts across replicas. Nothing in here is the truth about anything;
//! losing it costs no more than a few guesses.

mod keys;
pub mod throttle;
