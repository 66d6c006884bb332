//! Samples of one kind, and whether two kinds can be told apart.

use std::time::Duration;

/// What was measured, in the order of measuring.
pub(crate) struct Distribution {
    pub(crate) name: &'static str,
    samples: Vec<Duration>,
}

impl Distribution {
    pub(crate) const fn of(name: &'static str) -> Self {
        Self {
            name,
            samples: Vec::new(),
        }
    }

    pub(crate) fn record(&mut self, took: Duration) {
        self.samples.push(took);
    }

    /// One line of percentiles.
    pub(crate) fn print(&self) {
        let sorted = sorted(&self.samples);
        let at = |share: f64| millis(percentile(&sorted, share));
        println!(
            "  {:<24} n {:<5} min {:>7.2}  p10 {:>7.2}  p50 {:>7.2}  p90 {:>7.2}  p99 {:>7.2}  max {:>7.2} ms",
            self.name,
            sorted.len(),
            at(0.0),
            at(0.1),
            at(0.5),
            at(0.9),
            at(0.99),
            at(1.0),
        );
    }

    /// How far the medians of the even and the odd samples lie apart: what the machine does to
    /// two measurements of the same thing.
    fn noise(&self) -> f64 {
        let half = |odd: usize| {
            let half = self.samples.iter().skip(odd).step_by(2).copied();
            millis(percentile(&sorted(&half.collect::<Vec<_>>()), 0.5))
        };
        (half(0) - half(1)).abs()
    }

    /// One line that says whether `other` can be told from this one: the difference of the
    /// medians beside the noise, and the chance that a sample of this is slower than one of
    /// `other` (Mann and Whitney's U over n·m; 0.5 is no difference) with its distance from 0.5
    /// in standard deviations.
    pub(crate) fn compare(&self, other: &Self) {
        let median = |of: &Self| millis(percentile(&sorted(&of.samples), 0.5));
        let (n, m) = (count(&self.samples), count(&other.samples));
        let wins: f64 = self
            .samples
            .iter()
            .flat_map(|one| other.samples.iter().map(move |two| one.cmp(two)))
            .map(|order| match order {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            })
            .sum();
        let chance = wins / (n * m);
        let deviation = ((n + m + 1.0) / (12.0 * n * m)).sqrt();
        println!(
            "  {:<46} Δp50 {:>+7.3} ms (noise {:.3})  P(slower) {chance:.3}  z {:>+5.2}",
            format!("{} against {}", self.name, other.name),
            median(self) - median(other),
            self.noise().max(other.noise()),
            (chance - 0.5) / deviation,
        );
    }
}

fn sorted(samples: &[Duration]) -> Vec<Duration> {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    sorted
}

fn percentile(sorted: &[Duration], share: f64) -> Duration {
    let last = sorted.len().saturating_sub(1);
    let at = (share * count(&sorted[..last])).round() as usize;
    sorted.get(at.min(last)).copied().unwrap_or_default()
}

fn count(samples: &[Duration]) -> f64 {
    u32::try_from(samples.len()).map_or(f64::INFINITY, f64::from)
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
