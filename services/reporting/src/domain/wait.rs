//! One stay of a caller in one waiting line.

use api::routing::v1::QueueExit;
use chrono::{DateTime, TimeDelta, Utc};
use ids::QueueId;

/// One stay of a caller in one waiting line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// Which line.
    pub queue: QueueId,
    /// When it began.
    pub entered: DateTime<Utc>,
    /// Answers within this meet the service level, as configured at the time.
    pub service_level: TimeDelta,
    /// Hang-ups before this are short, as configured at the time.
    pub short_abandon: TimeDelta,
    /// When it ended.
    pub left: Option<DateTime<Utc>>,
    /// How it ended; `Unspecified` while it lasts.
    pub exit: QueueExit,
    /// How long it was, as routing measured it.
    pub waited: TimeDelta,
}

/// How a stay counts for the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitResult {
    /// Left with an answer.
    Answered {
        /// Within the service-level threshold.
        in_threshold: bool,
    },
    /// Hung up.
    Abandoned {
        /// Before the short-abandon threshold.
        short: bool,
    },
    /// Left otherwise: too long, full, empty, failed.
    Missed,
}

impl Wait {
    /// A caller who entered just now, with no threshold told.
    #[must_use]
    pub fn new(queue: QueueId, entered: DateTime<Utc>) -> Self {
        Self {
            queue,
            entered,
            service_level: TimeDelta::zero(),
            short_abandon: TimeDelta::zero(),
            left: None,
            exit: QueueExit::Unspecified,
            waited: TimeDelta::zero(),
        }
    }

    /// How it counts; `None` while the caller waits.
    #[must_use]
    pub fn result(&self) -> Option<WaitResult> {
        self.left?;
        Some(match self.exit {
            QueueExit::Answered => WaitResult::Answered {
                in_threshold: self.waited <= self.service_level,
            },
            QueueExit::Abandoned => WaitResult::Abandoned {
                short: self.waited < self.short_abandon,
            },
            QueueExit::Unspecified
            | QueueExit::TooLong
            | QueueExit::Full
            | QueueExit::Empty
            | QueueExit::Failed => WaitResult::Missed,
        })
    }
}
