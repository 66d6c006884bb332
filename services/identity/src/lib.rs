//! identity
pub mod domain;
