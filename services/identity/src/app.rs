//! Use cases
pub mod hashing;
pub mod vault;
