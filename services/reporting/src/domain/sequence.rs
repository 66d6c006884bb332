//! The second check on every event, after the offset: its place among its subject's events.

use chrono::{DateTime, Utc};

/// How far the events of one subject have been folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// How many were folded; the position of the last.
    pub events: u64,
    /// The sequence of the last, as its writer counted it.
    pub sequence: u64,
    /// When the last happened.
    pub at: DateTime<Utc>,
}

impl Progress {
    /// Before the first event.
    pub const NONE: Self = Self {
        events: 0,
        sequence: 0,
        at: DateTime::UNIX_EPOCH,
    };

    /// What an event with this sequence is.
    #[must_use]
    pub fn judge(self, sequence: u64, at: DateTime<Utc>) -> Verdict {
        if sequence > self.sequence {
            return match sequence - self.sequence - 1 {
                0 => Verdict::Next,
                _ if starts_at(sequence, at) && self.events == 0 => Verdict::Next,
                _ if starts_at(sequence, at) => Verdict::Restarted,
                lost => Verdict::Gap { lost },
            };
        }
        // A writer that sends an event again sends it with the time it had. A lower number with a
        // later time is a writer that lost its counter, as Redis does when it is flushed: the
        // event is news, and refusing it would refuse all that follow.
        if at > self.at {
            Verdict::Restarted
        } else {
            Verdict::Duplicate
        }
    }

    /// After an event that is not a duplicate.
    #[must_use]
    pub fn after(self, sequence: u64, at: DateTime<Utc>) -> Self {
        Self {
            events: self.events + 1,
            sequence,
            at: at.max(self.at),
        }
    }
}

/// Whether a writer that did not know the subject counts from the time in milliseconds, so as to
/// stay above whatever was counted before: presence does with people.
fn starts_at(sequence: u64, at: DateTime<Utc>) -> bool {
    u64::try_from(at.timestamp_millis()).is_ok_and(|at| at + 1 == sequence)
}

/// What an event is, by its sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The one that follows.
    Next,
    /// Later than the one that follows: fold it, and say that some are missing.
    Gap {
        /// How many are missing.
        lost: u64,
    },
    /// The writer began to count anew: fold it, and say so.
    Restarted,
    /// Folded already: skip it.
    Duplicate,
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn order_is_told_from_loss_and_repetition() {
        let noon = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let later = noon + TimeDelta::seconds(1);
        assert_eq!(Progress::NONE.judge(1, noon), Verdict::Next);
        assert_eq!(Progress::NONE.judge(4, noon), Verdict::Gap { lost: 3 });
        let from_the_time = u64::try_from(noon.timestamp_millis()).unwrap() + 1;
        assert_eq!(Progress::NONE.judge(from_the_time, noon), Verdict::Next);
        let third = Progress {
            events: 3,
            sequence: 3,
            at: noon,
        };
        assert_eq!(third.judge(4, noon), Verdict::Next);
        assert_eq!(third.judge(from_the_time, noon), Verdict::Restarted);
        assert_eq!(
            third.judge(from_the_time + 1, noon),
            Verdict::Gap {
                lost: from_the_time - 3
            }
        );
        assert_eq!(
            third.judge(u64::MAX, later),
            Verdict::Gap { lost: u64::MAX - 4 }
        );
        assert_eq!(third.judge(3, noon), Verdict::Duplicate);
        assert_eq!(
            third.judge(1, noon - TimeDelta::seconds(9)),
            Verdict::Duplicate
        );
        assert_eq!(third.judge(1, later), Verdict::Restarted);
        assert_eq!(
            third.after(1, later),
            Progress {
                events: 4,
                sequence: 1,
                at: later
            }
        );
    }
}
