//! The right to replace a forgotten password (ID-3).

use chrono::TimeDelta;
use ids::PasswordResetId;

use super::one_time::OneTime;

/// How long a token is good, and how long a request waits for its mail.
pub const LIFE: TimeDelta = TimeDelta::minutes(30);

/// A mailer that does not acknowledge for so long has not sent the mail.
pub const LEASE: TimeDelta = TimeDelta::minutes(1);

/// A reset as stored; given when its mail is taken.
pub type PasswordReset = OneTime<PasswordResetId>;

/// Unknown, used, replaced or expired; deliberately one answer for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the reset token is unknown, used or expired")]
pub struct ResetInvalid;

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use ids::{AccountId, UserId};

    use super::*;

    fn reset() -> PasswordReset {
        let (account, user) = (AccountId::generate(), UserId::generate());
        let id = PasswordResetId::generate();
        PasswordReset::new(account, id, user, [1; 32], DateTime::UNIX_EPOCH, LIFE)
    }

    #[test]
    fn it_is_good_once_for_half_an_hour_and_for_its_token_only() {
        let now = DateTime::UNIX_EPOCH;
        let last = now + LIFE - TimeDelta::microseconds(1);
        assert!(reset().spend(&[1; 32], last).is_some());
        assert_eq!(reset().spend(&[1; 32], now + LIFE), None);
        assert_eq!(reset().spend(&[2; 32], now), None);
        let used = reset().spend(&[1; 32], now).unwrap();
        assert_eq!(used.spend(&[1; 32], now), None);
    }
}
