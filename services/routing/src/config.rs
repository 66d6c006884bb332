use std::time::Duration;

use boot::{Invalid, section};
use serde::Deserialize;

/// The settings of routing; `config.toml` says what each is for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    pub server: section::Server,
    /// What to tell about itself.
    pub telemetry: section::Telemetry,
    /// Whose tokens to trust, and this service's own key.
    pub identity: section::Identity,
    /// Where presence is.
    pub presence: section::Peer,
    /// Where directory is.
    pub directory: section::Peer,
    /// Where Redis is.
    pub redis: live::Config,
    /// About calls.
    pub routing: Routing,
}

/// About calls.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Routing {
    /// Of this replica on its partitions.
    pub lease_ms: u64,
    /// Of an edge on its calls.
    pub edge_lease_seconds: u64,
    /// How often an edge says that it lives.
    pub edge_keepalive_seconds: u64,
    /// Of a call on a person who talks.
    pub lock_lease_seconds: u64,
    /// Work that goes on after its request was answered.
    pub max_background: usize,
    /// How often plans are confirmed.
    pub plan_refresh_seconds: u64,
    /// How old an unconfirmed plan may become.
    pub plan_max_age_seconds: u64,
}

impl Routing {
    pub(crate) fn edge_lease(&self) -> Duration {
        Duration::from_secs(self.edge_lease_seconds)
    }

    pub(crate) fn edge_keepalive(&self) -> Duration {
        Duration::from_secs(self.edge_keepalive_seconds)
    }

    pub(crate) fn lock_lease(&self) -> Duration {
        Duration::from_secs(self.lock_lease_seconds)
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
        let routing = &self.routing;
        let at_least = |least: u64, value: u64, key: &str| {
            if value < least {
                return Err(Invalid::new(key, format!("must be at least {least}")));
            }
            Ok(())
        };
        at_least(500, routing.lease_ms, "routing.lease_ms")?;
        at_least(
            1,
            routing.edge_keepalive_seconds,
            "routing.edge_keepalive_seconds",
        )?;
        at_least(
            2 * routing.edge_keepalive_seconds,
            routing.edge_lease_seconds,
            "routing.edge_lease_seconds",
        )?;
        at_least(
            3 * routing.edge_keepalive_seconds,
            routing.lock_lease_seconds,
            "routing.lock_lease_seconds",
        )?;
        if routing.lock_lease_seconds > 180 {
            return Err(Invalid::new(
                "routing.lock_lease_seconds",
                "must be at most 180",
            ));
        }
        at_least(1, routing.max_background as u64, "routing.max_background")?;
        at_least(
            1,
            routing.plan_refresh_seconds,
            "routing.plan_refresh_seconds",
        )?;
        at_least(
            2 * routing.plan_refresh_seconds,
            routing.plan_max_age_seconds,
            "routing.plan_max_age_seconds",
        )
    }
}
