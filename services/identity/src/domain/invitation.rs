//! The right to become somebody: an invitation (ID-2).

use chrono::{DateTime, TimeDelta, Utc};
use ids::{AccountId, InvitationId, UserId};
use subtle::ConstantTimeEq;

/// How long an invitation is good.
pub const LIFE: TimeDelta = TimeDelta::days(7);

/// An invitation as stored. Of its token only a digest is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The tenant.
    pub account: AccountId,
    /// Which.
    pub id: InvitationId,
    /// Who is invited.
    pub user: UserId,
    /// SHA-256 of the token's random part.
    pub digest: [u8; 32],
    /// When it was sent.
    pub created: DateTime<Utc>,
    /// When it ends.
    pub expires: DateTime<Utc>,
    /// When it was accepted or replaced by another.
    pub ended: Option<DateTime<Utc>>,
}

/// Unknown, used, replaced or expired; deliberately one answer for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the invitation is unknown, used or expired")]
pub struct InvitationInvalid;

impl Invitation {
    /// A new one.
    #[must_use]
    pub fn new(
        account: AccountId,
        id: InvitationId,
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

    /// The invitation after somebody came with a token of this digest.
    pub fn accept(self, digest: &[u8; 32], now: DateTime<Utc>) -> Result<Self, InvitationInvalid> {
        let known = bool::from(self.digest.ct_eq(digest));
        if known && self.ended.is_none() && now < self.expires {
            Ok(Self {
                ended: Some(now),
                ..self
            })
        } else {
            Err(InvitationInvalid)
        }
    }
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invitation")
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

    fn invitation() -> Invitation {
        let (account, user) = (AccountId::generate(), UserId::generate());
        Invitation::new(
            account,
            InvitationId::generate(),
            user,
            [1; 32],
            DateTime::UNIX_EPOCH,
        )
    }

    #[test]
    fn it_is_good_once_for_seven_days_and_for_its_token_only() {
        let now = DateTime::UNIX_EPOCH;
        let last = now + LIFE - TimeDelta::microseconds(1);
        assert!(invitation().accept(&[1; 32], last).is_ok());
        assert_eq!(
            invitation().accept(&[1; 32], now + LIFE),
            Err(InvitationInvalid)
        );
        assert_eq!(invitation().accept(&[2; 32], now), Err(InvitationInvalid));
        let used = invitation().accept(&[1; 32], now);
        assert_eq!(
            used.and_then(|used| used.accept(&[1; 32], now)),
            Err(InvitationInvalid)
        );
    }
}
