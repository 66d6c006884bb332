//! live
mod call;
mod config;
mod connection;
mod error;
mod handle;
mod keys;
pub mod prelude;
mod script;
mod subscribe;

pub use call::Call;
pub use config::{Config, ConfigError};
pub use error::LiveError;
pub use handle::Live;
pub use keys::{Key, Keyspace, Partition};
pub use script::Script;
pub use subscribe::{Signal, Subscription};
