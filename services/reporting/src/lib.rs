//! What happened, and who did it.
pub mod domain;
