//! How long something may take.

use std::time::Duration;

/// The durations that a setting accepts, and what it is when nobody says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    min: Duration,
    max: Duration,
    default: Duration,
}

/// A duration that the setting does not accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    /// Too short or too long.
    #[error("must be {min:?} to {max:?}")]
    Outside {
        /// The shortest.
        min: Duration,
        /// The longest.
        max: Duration,
    },
    /// Timers count milliseconds; what they cannot keep is refused rather than rounded.
    #[error("must be whole milliseconds")]
    TooFine,
}

impl Span {
    /// `min` to `max`, `default` when missing; all in seconds.
    #[must_use]
    pub const fn seconds(min: u64, max: u64, default: u64) -> Self {
        Self {
            min: Duration::from_secs(min),
            max: Duration::from_secs(max),
            default: Duration::from_secs(default),
        }
    }

    /// What the setting is when nobody says.
    #[must_use]
    pub const fn default(self) -> Duration {
        self.default
    }

    /// `length`, if the setting accepts it.
    pub fn check(self, length: Duration) -> Result<Duration, SpanError> {
        if !(self.min..=self.max).contains(&length) {
            return Err(SpanError::Outside {
                min: self.min,
                max: self.max,
            });
        }
        if !length.subsec_nanos().is_multiple_of(1_000_000) {
            return Err(SpanError::TooFine);
        }
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_belong_to_the_span() {
        let span = Span::seconds(5, 120, 20);
        assert!(span.check(Duration::from_secs(5)).is_ok());
        assert!(span.check(Duration::from_secs(120)).is_ok());
        assert_eq!(
            span.check(Duration::from_micros(5_000_001)),
            Err(SpanError::TooFine)
        );
        let outside = span
            .check(Duration::from_millis(4999))
            .map_err(|error| error.to_string());
        assert_eq!(outside, Err("must be 5s to 120s".to_owned()));
        assert!(span.check(Duration::MAX).is_err());
    }
}
