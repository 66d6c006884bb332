use std::{fmt, str::FromStr};

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

/// A time of day to the minute, `00:00` to `24:00`; the last is the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClockTime(u16);

/// Not a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be HH:MM, 00:00 to 24:00")]
pub struct ClockTimeError;

impl ClockTime {
    const END_OF_DAY: u16 = 24 * 60;

    /// This hour and minute of a clock.
    pub(super) fn of(hour: u32, minute: u32) -> Self {
        Self(u16::try_from(hour * 60 + minute).unwrap_or(Self::END_OF_DAY))
    }

    /// This time on that day.
    pub(super) fn on(self, date: NaiveDate) -> NaiveDateTime {
        let midnight = date.and_time(chrono::NaiveTime::MIN);
        midnight + TimeDelta::minutes(i64::from(self.0))
    }
}

impl FromStr for ClockTime {
    type Err = ClockTimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let [h1, h2, b':', m1, m2] = text.as_bytes() else {
            return Err(ClockTimeError);
        };
        let digit = |byte: &u8| char::from(*byte).to_digit(10).ok_or(ClockTimeError);
        let hours = digit(h1)? * 10 + digit(h2)?;
        let minutes = digit(m1)? * 10 + digit(m2)?;
        let time = Self::of(hours, minutes);
        if minutes < 60 && time.0 <= Self::END_OF_DAY {
            Ok(time)
        } else {
            Err(ClockTimeError)
        }
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_1441_times() {
        for good in ["00:00", "09:30", "23:59", "24:00"] {
            assert_eq!(
                good.parse::<ClockTime>().map(|time| time.to_string()),
                Ok(good.to_owned())
            );
        }
        for bad in [
            "", "9:30", "24:01", "12:60", "99:99", "12-30", "+1:30", "12:30 ", "１2:30",
        ] {
            assert_eq!(bad.parse::<ClockTime>(), Err(ClockTimeError), "{bad:?}");
        }
    }
}
