//! What a run measured, as a table.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt,
    time::Duration,
};

use hdrhistogram::Histogram;

use super::{calls::Outcome, floor::Floor};

/// A step of a call, in order of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    ReportArrival,
    ArrivalToRing,
    ReportRinging,
    ReportAnswer,
    AnswerToConnect,
    ReportHangup,
}

impl Step {
    const fn name(self) -> &'static str {
        match self {
            Self::ReportArrival => "ReportArrival, call to answer",
            Self::ArrivalToRing => "arrival → ring command",
            Self::ReportRinging => "ReportRinging, call to answer",
            Self::ReportAnswer => "ReportAnswer, call to answer",
            Self::AnswerToConnect => "answer → connect command",
            Self::ReportHangup => "ReportHangup, call to answer",
        }
    }
}

/// Latencies by step, in microseconds.
#[derive(Debug, Default)]
pub(crate) struct Latencies(BTreeMap<Step, Histogram<u64>>);

impl Latencies {
    pub(crate) fn record(&mut self, step: Step, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if let Some(histogram) = self.histogram(step) {
            histogram.saturating_record(micros);
        }
    }

    fn histogram(&mut self, step: Step) -> Option<&mut Histogram<u64>> {
        Some(match self.0.entry(step) {
            Entry::Occupied(found) => found.into_mut(),
            // One microsecond to one minute, to three digits.
            Entry::Vacant(new) => new.insert(Histogram::new_with_bounds(1, 60_000_000, 3).ok()?),
        })
    }
}

/// Everything a run found out.
pub(crate) struct Figures {
    pub(crate) outcome: Outcome,
    /// Calls that were answered and are not in the report.
    pub(crate) missing: usize,
    /// From the last hang-up until all were there, or the time was up.
    pub(crate) report_lag: Duration,
    /// People who are not ready again.
    pub(crate) stuck: usize,
    pub(crate) floor: Option<Floor>,
}

impl Figures {
    pub(crate) fn flawless(&self) -> bool {
        self.outcome.errors.is_empty() && self.missing == 0 && self.stuck == 0
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome {
            answered,
            errors,
            asked_rate,
            took,
            latencies,
            ..
        } = &self.outcome;
        let rate = answered.len() as f64 / took.as_secs_f64();
        writeln!(
            f,
            "{} complete calls in {:.1} s = {rate:.1} calls per second ({asked_rate} asked)",
            answered.len(),
            took.as_secs_f64(),
        )?;
        writeln!(f, "errors: {}", errors.len())?;
        for error in errors.iter().take(5) {
            writeln!(f, "  {error}")?;
        }
        writeln!(
            f,
            "missing from the report: {} ({:.2} s after the last hang-up)",
            self.missing,
            self.report_lag.as_secs_f64()
        )?;
        writeln!(f, "people not ready again: {}", self.stuck)?;
        writeln!(
            f,
            "\n{:<32}{:>10}{:>10}{:>10}{:>10}   ms",
            "step", "p50", "p90", "p99", "max"
        )?;
        for (step, histogram) in &latencies.0 {
            let quantile = |q| histogram.value_at_quantile(q) as f64 / 1_000.0;
            writeln!(
                f,
                "{:<32}{:>10.2}{:>10.2}{:>10.2}{:>10.2}",
                step.name(),
                quantile(0.5),
                quantile(0.9),
                quantile(0.99),
                histogram.max() as f64 / 1_000.0,
            )?;
        }
        if let Some(Floor {
            rate: floor,
            in_flight,
        }) = &self.floor
        {
            writeln!(
                f,
                "\nfloor: {floor:.0} unary calls with one script per second ({in_flight} in flight)"
            )?;
            write!(
                f,
                "ratio: {rate:.1} ÷ ({floor:.0} ÷ 8) = {:.3}",
                rate / (floor / 8.0)
            )?;
        }
        Ok(())
    }
}
