//! The wire: reads requests, asks [`crate::app`], writes answers. Decides nothing.

mod convert;
mod explain;
mod fault;
mod floor;
mod presence;
mod reach;
mod tokens;

pub use floor::Floor;
pub use presence::Presence;
