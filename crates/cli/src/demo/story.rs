//! The clock of the demo, and what people are told while it runs.

use std::{fmt::Display, time::Duration};

use tokio::time::Instant;

use crate::say::say;

/// How much faster than life the demo runs.
pub(crate) const FACTOR: u32 = 30;
/// What the clock on the wall shows at the beginning: nine in the morning.
const OPENING: Duration = Duration::from_secs(9 * 3600);
/// As long as a call id.
const INDENT: usize = 31;

/// A morning in fast motion.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    begun: Instant,
}

impl Story {
    /// The morning begins now.
    pub(crate) fn begin() -> Self {
        Self {
            begun: Instant::now(),
        }
    }

    /// Waits until so many minutes and seconds after nine; not at all if it is
    /// later than that.
    pub(crate) async fn until(&self, minutes: u64, seconds: u64) {
        let at = Duration::from_secs(60 * minutes + seconds) / FACTOR;
        tokio::time::sleep_until(self.begun + at).await;
    }

    /// One line, with the time on the wall and the call it is about.
    pub(crate) fn tell(&self, call: &str, line: impl Display) {
        let seconds = (OPENING + self.begun.elapsed() * FACTOR).as_secs();
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        say(format_args!(
            "{hours:02}:{minutes:02}:{seconds:02}  {call:INDENT$}  {line}"
        ));
    }
}

/// How long something is on the clock of the demo, `m:ss`.
pub(crate) fn on_the_wall(real: chrono::TimeDelta) -> String {
    let scaled = real * i32::try_from(FACTOR).unwrap_or(1);
    // Half a second up: nobody wants 1:59 for two minutes that lasted 1999 ms.
    let seconds = (scaled.num_milliseconds() + 500) / 1000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::on_the_wall;

    #[test]
    fn durations_are_shown_as_on_the_wall() {
        assert_eq!(on_the_wall(TimeDelta::milliseconds(3_999)), "2:00");
        assert_eq!(on_the_wall(TimeDelta::milliseconds(500)), "0:15");
        assert_eq!(on_the_wall(TimeDelta::zero()), "0:00");
    }
}
