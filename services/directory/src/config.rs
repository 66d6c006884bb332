//! The settings of directory; `config.toml` documents each.

use std::time::Duration;

use boot::{Invalid, section};
use chrono::TimeDelta;
use serde::Deserialize;

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where and how to listen.
    pub server: section::Server,
    /// Logs, traces, metrics.
    pub telemetry: section::Telemetry,
    /// Who signs tokens, and who is asked about people.
    pub identity: section::Identity,
    /// The database.
    pub postgres: store::Config,
    /// Where events go, and come from.
    pub redis: live::Config,
    /// What plans are made of.
    pub plans: Plans,
    /// How long things are kept.
    pub retention: Retention,
}

/// The `[plans]` section.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plans {
    /// How many are kept in memory.
    pub cached: u64,
    account_refresh_seconds: u32,
}

/// The `[retention]` section.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    answer_hours: u32,
    sweep_seconds: u32,
}

impl Plans {
    /// How old the copy of an account's settings may be when something is changed.
    #[must_use]
    pub fn account_refresh(self) -> TimeDelta {
        TimeDelta::seconds(self.account_refresh_seconds.into())
    }
}

impl Retention {
    /// How long a repeated request gets its first answer.
    #[must_use]
    pub fn answers(self) -> TimeDelta {
        TimeDelta::hours(self.answer_hours.into())
    }

    /// How often is looked for what to forget.
    #[must_use]
    pub fn sweep_every(self) -> Duration {
        Duration::from_secs(self.sweep_seconds.into())
    }
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
        let (plans, retention) = (&self.plans, &self.retention);
        let bounds = [
            ("plans.cached", plans.cached, 1, 1_000_000),
            (
                "plans.account_refresh_seconds",
                plans.account_refresh_seconds.into(),
                1,
                86_400,
            ),
            // The API promises a day.
            (
                "retention.answer_hours",
                retention.answer_hours.into(),
                24,
                720,
            ),
            (
                "retention.sweep_seconds",
                retention.sweep_seconds.into(),
                1,
                86_400,
            ),
        ];
        match bounds
            .into_iter()
            .find(|(_, value, min, max)| !(min..=max).contains(&value))
        {
            Some((key, _, min, max)) => Err(Invalid::new(key, format!("must be {min} to {max}"))),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
