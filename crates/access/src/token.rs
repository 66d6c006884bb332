//! Access tokens: RFC 9068 JWTs, signed with Ed25519, verified locally.

pub(crate) mod claims;
pub(crate) mod keys;
mod provider;
pub(crate) mod rejected;
pub(crate) mod sign;
pub(crate) mod verify;

#[cfg(test)]
mod tests;
