//! The services that presence asks: the directory, for plans.

mod convert;
mod plans;

pub use plans::{Change, Plans};
