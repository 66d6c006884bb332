//! Other services.

pub mod identity;
