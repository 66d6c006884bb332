//! The right to become somebody: an invitation (ID-2).

use chrono::TimeDelta;
use ids::InvitationId;

use super::one_time::OneTime;

/// How long an invitation is good.
pub const LIFE: TimeDelta = TimeDelta::days(7);

/// An invitation as stored.
pub type Invitation = OneTime<InvitationId>;

/// Unknown, used, replaced or expired; deliberately one answer for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the invitation is unknown, used or expired")]
pub struct InvitationInvalid;

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use ids::{AccountId, UserId};

    use super::*;

    fn invitation() -> Invitation {
        let (account, user) = (AccountId::generate(), UserId::generate());
        Invitation::new(
            account,
            InvitationId::generate(),
            user,
            [1; 32],
            DateTime::UNIX_EPOCH,
            LIFE,
        )
    }

    #[test]
    fn it_is_good_once_for_seven_days_and_for_its_token_only() {
        let now = DateTime::UNIX_EPOCH;
        let last = now + LIFE - TimeDelta::microseconds(1);
        assert!(invitation().spend(&[1; 32], last).is_some());
        assert_eq!(invitation().spend(&[1; 32], now + LIFE), None);
        assert_eq!(invitation().spend(&[2; 32], now), None);
        let used = invitation().spend(&[1; 32], now).unwrap();
        assert_eq!(used.spend(&[1; 32], now), None);
    }
}
