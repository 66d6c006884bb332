//! Who is calling, and may they?
//!
//! **Owns** the access token ([`Claims`], [`Signer`], [`Verifier`]), the
//! [`Caller`] that a verified token becomes, the set of tokens that are refused
//! before they expire ([`RevocationSet`]), the table of [`roles`], and the
//! decision [`authorize`]: policy of a method + caller → yes or a fault that
//! names what is missing.
//!
//! **Never** does I/O. Keys and revocations are handed in by whoever fetched
//! them (`rpc::client`, or identity itself); tokens are never stored. A
//! handler asks [`Caller::reach`] and narrows its query; it never looks at a
//! role.
//!
//! **One more permission**: a value in `proto/strowger/access/v1/permission.proto`
//! and its row in [`roles`]; a test fails until both exist.

mod authorize;
mod caller;
mod covered;
pub mod network;
pub mod permission;
mod revocation;
pub mod roles;
mod token;

pub use api::access::v1::Permission;
pub use authorize::authorize;
pub use caller::{Caller, Grants, Limited, Reach, Subject};
pub use covered::{Covered, CoveredError, Covers, MAX_COVERED};
pub use revocation::{Generations, Revocation, RevocationSet, Revoked, token_revoked};
pub use roles::Role;
pub use token::claims::{AUDIENCE, Claims, ISSUER, Kind, LimitedClaim};
pub use token::keys::{KeySet, PublicKey};
pub use token::rejected::Rejected;
pub use token::sign::{Signer, SigningError};
pub use token::verify::{TOKEN_BYTES_MAX, Verifier};

/// The fault for a call that carries no token, or more than one.
pub fn token_missing() -> fault::Fault {
    fault::Fault::unauthenticated(
        api::access::v1::ErrorReason::TokenMissing,
        "send exactly one `authorization: Bearer <access token>`",
    )
}
