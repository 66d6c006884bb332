//! The wire: reads requests, asks [`crate::app`], writes answers. Decides nothing.

mod convert;
mod fault;
mod floor;
mod presence;
mod tokens;

pub use floor::Floor;
pub use presence::Presence;
