//! The authenticator app: time-based one-time passwords (ID-3; RFC 6238, RFC 4226).
//!
//! SHA-1, six digits, thirty seconds: what every authenticator understands, while many say they
//! know more and silently do not. A code is good in its own step and the two beside it, and once.

use chrono::{DateTime, TimeDelta, Utc};
use totp_rs::{Builder, Totp, TotpError};
use zeroize::Zeroizing;

use super::email::Email;

/// 160 bits, as RFC 4226 recommends.
pub const SECRET_BYTES: usize = 20;
/// How long somebody has to set an authenticator up.
pub const ENROLMENT_LIFE: TimeDelta = TimeDelta::minutes(10);
/// The step before every code.
pub const NEVER: i64 = -1;

/// What somebody sets their authenticator up with. Shown once, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// `otpauth://totp/…`, for a QR code.
    pub uri: Zeroizing<String>,
    /// The secret in base32, for typing.
    pub secret: Zeroizing<String>,
}

impl Enrolment {
    /// How `secret` is shown to the owner of `login`. `issuer` is the name over the code in the
    /// authenticator.
    pub fn new(secret: &[u8], issuer: &str, login: &Email) -> Result<Self, TotpError> {
        let totp = Builder::new()
            .with_secret(secret)
            .with_issuer(Some(issuer))
            .with_account_name(login.as_str())
            .build()?;
        Ok(Self {
            uri: Zeroizing::new(totp.to_url()?),
            secret: Zeroizing::new(totp.secret().to_base32()),
        })
    }
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment(…)")
    }
}

/// The step that `code` is of, if it is a code of `secret` around `now` and of a later step than
/// `last`: a code that was accepted, and all before it, are good no more.
pub fn accept(
    secret: &[u8],
    code: &str,
    last: i64,
    now: DateTime<Utc>,
) -> Result<Option<i64>, TotpError> {
    let totp: Totp = Builder::new().with_secret(secret).build()?;
    let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
    let step = totp.check(code, seconds).map(u64::cast_signed);
    Ok(step.filter(|step| *step > last))
}

#[cfg(test)]
#[path = "totp_tests.rs"]
mod tests;
