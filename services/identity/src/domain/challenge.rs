//! A sign-in whose password was right and whose second factor must follow (ID-3).

use chrono::{DateTime, TimeDelta, Utc};
use ids::{AccountId, ChallengeId, UserId};
use subtle::ConstantTimeEq as _;

use super::line::Label;

/// How long it waits for a code.
pub const LIFE: TimeDelta = TimeDelta::minutes(5);
/// Wrong codes that end it. Beyond it the throttle of the person's codes counts.
pub const MAX_WRONG: u32 = 5;

/// A challenge as stored. Of its token only a digest is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Challenge {
    /// The tenant.
    pub account: AccountId,
    /// Which.
    pub id: ChallengeId,
    /// Whose password was right.
    pub user: UserId,
    /// SHA-256 of the token's random part.
    pub digest: [u8; 32],
    /// What the client called itself.
    pub label: Label,
    /// The sealed secret of the authenticator to set up, for somebody who must have one and has
    /// none: the code is then of this one.
    pub enrolment: Option<Vec<u8>>,
    /// Wrong codes so far.
    pub wrong: u32,
    /// When the password was right.
    pub created: DateTime<Utc>,
    /// When it ends.
    pub expires: DateTime<Utc>,
    /// When it was passed, failed or withdrawn.
    pub ended: Option<DateTime<Utc>>,
}

/// Unknown, over or expired; deliberately one answer for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the challenge is unknown, used or expired; sign in again")]
pub struct ChallengeInvalid;

impl Challenge {
    /// A new one.
    #[must_use]
    pub fn new(
        account: AccountId,
        id: ChallengeId,
        user: UserId,
        digest: [u8; 32],
        label: Label,
        enrolment: Option<Vec<u8>>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            account,
            id,
            user,
            digest,
            label,
            enrolment,
            wrong: 0,
            created: now,
            expires: now + LIFE,
            ended: None,
        }
    }

    /// Somebody comes with a token of this digest.
    pub fn present(&self, digest: &[u8; 32], now: DateTime<Utc>) -> Result<(), ChallengeInvalid> {
        let known = bool::from(self.digest.ct_eq(digest));
        if known && self.ended.is_none() && now < self.expires {
            Ok(())
        } else {
            Err(ChallengeInvalid)
        }
    }

    /// The code was right.
    #[must_use]
    pub fn pass(self, now: DateTime<Utc>) -> Self {
        Self {
            ended: Some(now),
            ..self
        }
    }

    /// The code was wrong.
    #[must_use]
    pub fn miss(self, now: DateTime<Utc>) -> Self {
        let wrong = self.wrong + 1;
        Self {
            wrong,
            ended: (wrong >= MAX_WRONG).then_some(now),
            ..self
        }
    }
}

impl std::fmt::Debug for Challenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Challenge")
            .field("id", &self.id)
            .field("user", &self.user)
            .field("wrong", &self.wrong)
            .field("expires", &self.expires)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn challenge() -> Challenge {
        let (account, user) = (AccountId::generate(), UserId::generate());
        let label = "test".parse().unwrap();
        Challenge::new(
            account,
            ChallengeId::generate(),
            user,
            [1; 32],
            label,
            None,
            NOW,
        )
    }

    #[test]
    fn it_is_good_once_for_five_minutes_and_for_its_token_only() {
        let last = NOW + LIFE - TimeDelta::microseconds(1);
        assert_eq!(challenge().present(&[1; 32], last), Ok(()));
        assert_eq!(
            challenge().present(&[1; 32], NOW + LIFE),
            Err(ChallengeInvalid)
        );
        assert_eq!(challenge().present(&[2; 32], NOW), Err(ChallengeInvalid));
        assert_eq!(
            challenge().pass(NOW).present(&[1; 32], NOW),
            Err(ChallengeInvalid)
        );
    }

    #[test]
    fn the_fifth_wrong_code_ends_it() {
        let mut challenge = challenge();
        for _ in 1..MAX_WRONG {
            challenge = challenge.miss(NOW);
            assert_eq!(challenge.present(&[1; 32], NOW), Ok(()));
        }
        assert_eq!(
            challenge.miss(NOW).present(&[1; 32], NOW),
            Err(ChallengeInvalid)
        );
    }
}
