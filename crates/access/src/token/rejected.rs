use api::access::v1::ErrorReason;
use fault::Fault;

/// Why a token was not accepted. The client learns only whether it is invalid
/// or expired; the rest is for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// More than [`TOKEN_BYTES_MAX`](crate::TOKEN_BYTES_MAX); not even read.
    #[error("the token is too long")]
    TooLong,
    /// Not a JWT of ours: header, claims or a claim's type do not fit.
    #[error("the token is malformed")]
    Malformed,
    /// An algorithm other than EdDSA, or a header we do not understand.
    #[error("the token's header is not that of an access token")]
    Header,
    /// Signed with a key that is not in the set. The set may be out of date.
    #[error("the token's key is unknown")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the token's signature is wrong")]
    Signature,
    /// Another issuer or audience.
    #[error("the token is for somebody else")]
    Foreign,
    /// Not valid yet, beyond the leeway for clocks that differ.
    #[error("the token is not valid yet")]
    Early,
    /// Over.
    #[error("the token has expired")]
    Expired,
}

impl From<Rejected> for Fault {
    fn from(rejected: Rejected) -> Self {
        let (reason, message) = match rejected {
            Rejected::Expired => (
                ErrorReason::TokenExpired,
                "the access token has expired; refresh it",
            ),
            _ => (
                ErrorReason::TokenInvalid,
                "the access token is not valid here",
            ),
        };
        Self::unauthenticated(reason, message).caused_by(rejected)
    }
}
