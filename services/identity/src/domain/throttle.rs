//! How guessing is slowed (ID-4).
//!
//! Failures are counted in three buckets: the login, the network the attempt comes from, and
//! everybody together. Each bucket forgives a few and then asks for a pause that doubles with
//! every further failure, up to a limit: a guesser gets a handful of tries a day, while nobody
//! is ever locked out for good.

use std::time::Duration;

/// What one bucket forgives and how far it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slowdown {
    /// Failures without a pause.
    pub free: u32,
    /// The first pause; each further failure doubles it.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
    /// After this long without a failure the bucket is empty again.
    pub memory: Duration,
}

/// Failures of one login: typing errors are free, guessing is not.
pub const LOGIN: Slowdown = Slowdown {
    free: 5,
    first: Duration::from_secs(1),
    longest: Duration::from_secs(15 * 60),
    memory: Duration::from_secs(24 * 3600),
};

/// Mails to one address, all of which count: enough to look into the wrong mailbox first, too few
/// to fill it.
pub const RESET: Slowdown = Slowdown {
    free: 3,
    first: Duration::from_secs(60),
    longest: Duration::from_secs(3600),
    memory: Duration::from_secs(24 * 3600),
};

/// Failures from one network: an office behind one address makes more typing errors.
pub const NETWORK: Slowdown = Slowdown {
    free: 50,
    first: Duration::from_secs(1),
    longest: Duration::from_secs(5 * 60),
    memory: Duration::from_secs(3600),
};

/// Failures everywhere: a distributed attack is slowed, and the hashes are kept for the honest.
pub const EVERYWHERE: Slowdown = Slowdown {
    free: 10_000,
    first: Duration::from_millis(100),
    longest: Duration::from_secs(10),
    memory: Duration::from_secs(600),
};

impl Slowdown {
    /// The pause after so many failures in a row.
    #[must_use]
    pub fn pause(&self, failures: u32) -> Duration {
        match failures.checked_sub(self.free) {
            None | Some(0) => Duration::ZERO,
            Some(beyond) => {
                let factor = 2_u32.saturating_pow(beyond - 1);
                self.first.saturating_mul(factor).min(self.longest)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn five_typing_errors_are_free_and_then_it_grows() {
        let pauses: Vec<u64> = (4..9)
            .map(|failures| LOGIN.pause(failures).as_secs())
            .collect();
        assert_eq!(pauses, [0, 0, 1, 2, 4]);
        assert_eq!(LOGIN.pause(u32::MAX), LOGIN.longest);
    }

    #[test]
    fn a_day_of_guessing_gives_about_a_hundred_guesses() {
        let day = Duration::from_secs(24 * 3600);
        let mut spent = Duration::ZERO;
        let guesses = (1..).take_while(|failures| {
            spent += LOGIN.pause(*failures);
            spent < day
        });
        assert!(guesses.count() < 120);
    }

    proptest! {
        #[test]
        fn more_failures_never_mean_a_shorter_pause(failures in 0..u32::MAX) {
            for slowdown in [LOGIN, RESET, NETWORK, EVERYWHERE] {
                prop_assert!(slowdown.pause(failures) <= slowdown.pause(failures + 1));
            }
        }
    }
}
