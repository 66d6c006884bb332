//! The settings: `config.toml` lists and explains every one.

use std::time::Duration;

use serde::Deserialize;

use crate::app;

/// All settings of the service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    pub server: boot::section::Server,
    /// What to report about itself.
    pub telemetry: boot::section::Telemetry,
    /// Who signs tokens, and who this service is to them.
    pub identity: boot::section::Identity,
    /// Where plans come from.
    pub directory: boot::section::Peer,
    /// Whose word about a client's address is believed.
    pub clients: boot::section::Clients,
    /// Where the floor is kept.
    pub redis: live::Config,
    /// The service's own.
    pub presence: Presence,
}

/// The service's own settings.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presence {
    /// How long a heartbeat keeps a device alive.
    pub device_lease_seconds: u64,
    /// How soon a device must report again.
    pub heartbeat_seconds: u64,
    /// How long the answers of operations are remembered.
    pub operation_memory_seconds: u64,
    /// How long a partition rests when Redis has lost what says it.
    pub opening_seconds: u64,
    /// How old a confirmed plan may be.
    pub plan_max_age_seconds: u64,
    /// Accounts whose plans are kept.
    pub plans_kept: u64,
    /// Changes kept for a reader that is behind.
    pub watch_buffer: usize,
}

impl Presence {
    pub(crate) fn operation_memory(&self) -> Duration {
        Duration::from_secs(self.operation_memory_seconds)
    }

    pub(crate) fn times(&self) -> app::Settings {
        app::Settings {
            device_lease: Duration::from_secs(self.device_lease_seconds),
            heartbeat: Duration::from_secs(self.heartbeat_seconds),
            opening: Duration::from_secs(self.opening_seconds),
            plan_max_age: Duration::from_secs(self.plan_max_age_seconds),
        }
    }
}

impl boot::Settings for Config {
    const DEFAULTS: &'static str = include_str!("../config.toml");

    fn server(&self) -> &boot::section::Server {
        &self.server
    }

    fn telemetry(&self) -> &boot::section::Telemetry {
        &self.telemetry
    }

    fn identity(&self) -> Option<&boot::section::Identity> {
        Some(&self.identity)
    }

    fn validate(&self) -> Result<(), boot::Invalid> {
        self.clients.trusted_proxies()?;
        let own = &self.presence;
        let at_least_one = [
            ("presence.device_lease_seconds", own.device_lease_seconds),
            ("presence.heartbeat_seconds", own.heartbeat_seconds),
            (
                "presence.operation_memory_seconds",
                own.operation_memory_seconds,
            ),
            ("presence.plan_max_age_seconds", own.plan_max_age_seconds),
            ("presence.plans_kept", own.plans_kept),
            ("presence.watch_buffer", own.watch_buffer as u64),
        ];
        for (name, value) in at_least_one {
            if value == 0 {
                return Err(boot::Invalid::new(name, "must be at least 1"));
            }
        }
        if own.heartbeat_seconds >= own.device_lease_seconds {
            let why =
                "must be below presence.device_lease_seconds, or devices go between two reports";
            return Err(boot::Invalid::new("presence.heartbeat_seconds", why));
        }
        Ok(())
    }
}
