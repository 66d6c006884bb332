//! One field of the report against one of the ledger.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Difference, Verdict};
use crate::demo::ledger::{Bounds, Moment};

/// Times are whole milliseconds on the way, cut off at either end.
const SLACK: TimeDelta = TimeDelta::milliseconds(2);

/// Collects what agrees and what does not.
#[derive(Debug, Default)]
pub(super) struct Check {
    pub(super) verdict: Verdict,
}

impl Check {
    pub(super) fn exactly(
        &mut self,
        subject: &str,
        field: &'static str,
        played: impl fmt::Display,
        reported: impl fmt::Display,
    ) {
        let (played, reported) = (played.to_string(), reported.to_string());
        self.judge(played == reported, subject, field, played, reported);
    }

    pub(super) fn within(
        &mut self,
        subject: &str,
        field: &'static str,
        played: Option<Bounds>,
        reported: Option<TimeDelta>,
    ) {
        let agrees = match (played, reported) {
            (Some(bounds), Some(length)) => bounds.admits(length, SLACK),
            (None, None) => true,
            _ => false,
        };
        let played = played.map_or_else(missing, |bounds| {
            format!(
                "{} to {} ms",
                bounds.least.num_milliseconds(),
                bounds.most.num_milliseconds()
            )
        });
        let reported = reported.map_or_else(missing, |length| {
            format!("{} ms", length.num_milliseconds())
        });
        self.judge(agrees, subject, field, played, reported);
    }

    pub(super) fn moment(
        &mut self,
        subject: &str,
        field: &'static str,
        played: Option<Moment>,
        reported: Option<DateTime<Utc>>,
    ) {
        let agrees = match (played, reported) {
            (Some(moment), Some(time)) => moment.admits(time, SLACK),
            (None, None) => true,
            _ => false,
        };
        let clock = |time: DateTime<Utc>| time.format("%H:%M:%S%.3f").to_string();
        let played = played.map_or_else(missing, |moment| {
            format!("{} to {}", clock(moment.earliest), clock(moment.latest))
        });
        self.judge(
            agrees,
            subject,
            field,
            played,
            reported.map_or_else(missing, clock),
        );
    }

    fn judge(
        &mut self,
        agrees: bool,
        subject: &str,
        field: &'static str,
        played: String,
        reported: String,
    ) {
        if agrees {
            self.verdict.agreed += 1;
        } else {
            let subject = subject.to_owned();
            self.verdict.differences.push(Difference {
                subject,
                field,
                played,
                reported,
            });
        }
    }
}

fn missing() -> String {
    "missing".to_owned()
}
