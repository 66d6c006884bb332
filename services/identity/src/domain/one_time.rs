//! A right that a token gives once: to become somebody, to replace a forgotten password.

use chrono::{DateTime, TimeDelta, Utc};
use ids::{AccountId, UserId};
use subtle::ConstantTimeEq as _;

/// Such a right as stored. Of its token only a digest is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTime<Id> {
    /// The tenant.
    pub account: AccountId,
    /// Which.
    pub id: Id,
    /// Whose.
    pub user: UserId,
    /// SHA-256 of the token's random part.
    pub digest: [u8; 32],
    /// When it was given.
    pub created: DateTime<Utc>,
    /// When it ends.
    pub expires: DateTime<Utc>,
    /// When it was used or replaced by another.
    pub ended: Option<DateTime<Utc>>,
}

impl<Id> OneTime<Id> {
    /// A new one, good for `life`.
    #[must_use]
    pub fn new(
        account: AccountId,
        id: Id,
        user: UserId,
        digest: [u8; 32],
        now: DateTime<Utc>,
        life: TimeDelta,
    ) -> Self {
        Self {
            account,
            id,
            user,
            digest,
            created: now,
            expires: now + life,
            ended: None,
        }
    }

    /// The right after somebody came with a token of this digest; `None` if that is another, or
    /// it is used, replaced or expired.
    #[must_use]
    pub fn spend(self, digest: &[u8; 32], now: DateTime<Utc>) -> Option<Self> {
        let known = bool::from(self.digest.ct_eq(digest));
        let is_good = known && self.ended.is_none() && now < self.expires;
        is_good.then(|| Self {
            ended: Some(now),
            ..self
        })
    }
}

impl<Id: std::fmt::Debug> std::fmt::Debug for OneTime<Id> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OneTime")
            .field("id", &self.id)
            .field("user", &self.user)
            .field("expires", &self.expires)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
