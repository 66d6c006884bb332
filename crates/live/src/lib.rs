//! live
mod call;
mod config;
mod connection;
mod error;
pub mod event;
mod handle;
mod keys;
pub mod lease;
pub mod prelude;
mod script;
mod subscribe;
mod tail;
pub mod timer;

pub use call::Call;
pub use config::{Config, ConfigError};
pub use error::LiveError;
pub use handle::Live;
pub use keys::{Key, Keyspace, Partition};
pub use script::Script;
pub use subscribe::{Signal, Subscription};
pub use tail::{Tail, TailEntry};
