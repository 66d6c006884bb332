//! The settings of reporting; `config.toml` documents each.

use boot::{Invalid, section};
use serde::Deserialize;

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where and how to listen.
    pub server: section::Server,
    /// Logs, traces, metrics.
    pub telemetry: section::Telemetry,
    /// Whose tokens to trust.
    pub identity: section::Identity,
    /// The report.
    pub postgres: store::Config,
    /// The event streams.
    pub redis: live::Config,
    /// How they are followed.
    pub follow: Follow,
}

/// The `[follow]` section.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Follow {
    /// The most events in one transaction.
    pub batch_events: usize,
    /// Milliseconds to collect events while few come.
    pub collect_ms: u64,
    /// Seconds between two looks at the streams.
    pub tend_seconds: u64,
    /// Seconds that events are kept whoever has read them.
    pub keep_seconds: u32,
    /// Days that events wait for a follower that has stopped.
    pub patience_days: u32,
}

impl boot::Settings for Config {
    const DEFAULTS: &'static str = include_str!("../config.toml");

    fn server(&self) -> &section::Server {
        &self.server
    }

    fn telemetry(&self) -> &section::Telemetry {
        &self.telemetry
    }

    fn identity(&self) -> Option<&section::Identity> {
        Some(&self.identity)
    }

    fn validate(&self) -> Result<(), Invalid> {
        let Follow {
            batch_events,
            collect_ms,
            tend_seconds,
            keep_seconds,
            patience_days,
        } = self.follow;
        for (key, holds, must) in [
            (
                "follow.batch_events",
                (1..=20_000).contains(&batch_events),
                "must be 1 to 20000",
            ),
            (
                "follow.collect_ms",
                collect_ms <= 500,
                "must be at most 500: the report promises a second",
            ),
            (
                "follow.tend_seconds",
                (1..=3600).contains(&tend_seconds),
                "must be 1 to 3600",
            ),
            (
                "follow.keep_seconds",
                keep_seconds >= 60,
                "must be at least 60: caches follow without an offset",
            ),
            (
                "follow.patience_days",
                (1..=90).contains(&patience_days),
                "must be 1 to 90",
            ),
        ] {
            if !holds {
                return Err(Invalid::new(key, must));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_hold() {
        let config: Config = boot::settings("reporting", &[]).unwrap();
        assert_eq!(config.follow.batch_events, 2000);
    }

    #[test]
    fn what_cannot_work_is_named() {
        for (key, value) in [
            ("follow.batch_events", "0"),
            ("follow.collect_ms", "501"),
            ("follow.tend_seconds", "0"),
            ("follow.keep_seconds", "59"),
            ("follow.patience_days", "0"),
            ("follow.unknown", "1"),
        ] {
            let error = boot::settings::<Config>("reporting", &[(key, value)]).unwrap_err();
            assert!(error.to_string().contains(key), "{error}");
        }
    }
}
