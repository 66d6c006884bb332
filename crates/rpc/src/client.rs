//! Calls to other services.

mod attempt;
mod config;
pub mod keys;
mod peer;
mod pool;
mod resolve;
pub mod revocations;
mod tokens;

pub use config::{Addresses, Config};
pub use peer::{Error, Peer};
pub use tokens::Tokens;
