//! The right to replace a forgotten password (ID-3).

use chrono::{DateTime, TimeDelta, Utc};
use ids::{AccountId, PasswordResetId, UserId};
use subtle::ConstantTimeEq as _;

/// How long a token is good, and how long a request waits for its mail.
pub const LIFE: TimeDelta = TimeDelta::minutes(30);

/// A mailer that does not acknowledge for so long has not sent the mail.
pub const LEASE: TimeDelta = TimeDelta::minutes(1);

/// A reset as stored. Of its token only a digest is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordReset {
    /// The tenant.
    pub account: AccountId,
    /// Which.
    pub id: PasswordResetId,
    /// Who forgot their password.
    pub user: UserId,
    /// SHA-256 of the token's random part.
    pub digest: [u8; 32],
    /// When its mail was taken.
    pub created: DateTime<Utc>,
    /// When it ends.
    pub expires: DateTime<Utc>,
    /// When it was used or replaced by another.
    pub ended: Option<DateTime<Utc>>,
}

/// Unknown, used, replaced or expired; deliberately one answer for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the reset token is unknown, used or expired")]
pub struct ResetInvalid;

impl PasswordReset {
    /// A new one.
    #[must_use]
    pub fn new(
        account: AccountId,
        id: PasswordResetId,
        user: UserId,
        digest: [u8; 32],
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            account,
            id,
            user,
            digest,
            created: now,
            expires: now + LIFE,
            ended: None,
        }
    }

    /// The reset after somebody came with a token of this digest.
    pub fn redeem(self, digest: &[u8; 32], now: DateTime<Utc>) -> Result<Self, ResetInvalid> {
        let known = bool::from(self.digest.ct_eq(digest));
        if known && self.ended.is_none() && now < self.expires {
            Ok(Self {
                ended: Some(now),
                ..self
            })
        } else {
            Err(ResetInvalid)
        }
    }
}

impl std::fmt::Debug for PasswordReset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordReset")
            .field("id", &self.id)
            .field("user", &self.user)
            .field("expires", &self.expires)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reset() -> PasswordReset {
        let (account, user) = (AccountId::generate(), UserId::generate());
        let id = PasswordResetId::generate();
        PasswordReset::new(account, id, user, [1; 32], DateTime::UNIX_EPOCH)
    }

    #[test]
    fn it_is_good_once_for_half_an_hour_and_for_its_token_only() {
        let now = DateTime::UNIX_EPOCH;
        let last = now + LIFE - TimeDelta::microseconds(1);
        assert!(reset().redeem(&[1; 32], last).is_ok());
        assert_eq!(reset().redeem(&[1; 32], now + LIFE), Err(ResetInvalid));
        assert_eq!(reset().redeem(&[2; 32], now), Err(ResetInvalid));
        let used = reset().redeem(&[1; 32], now);
        assert_eq!(
            used.and_then(|used| used.redeem(&[1; 32], now)),
            Err(ResetInvalid)
        );
    }
}
