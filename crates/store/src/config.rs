use std::fmt;
use std::time::Duration;

use sea_orm::ConnectOptions;
use serde::Deserialize;

/// Where Postgres is and how long to wait for it: the `[store]` section of a
/// service.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `postgres://user:password@host:port/database`, `?sslmode=verify-full`
    /// for TLS. The user owns the tables and is no superuser: superusers bypass
    /// row-level security.
    pub url: String,
    /// The most connections of one replica. Replicas × this stays below the
    /// server's `max_connections`.
    #[serde(default = "defaults::max_connections")]
    pub max_connections: u32,
    /// Connections kept open when idle.
    #[serde(default = "defaults::min_connections")]
    pub min_connections: u32,
    /// The longest wait for a free or a new connection, in milliseconds. Short,
    /// so that a request fails at once when Postgres is gone.
    #[serde(default = "defaults::acquire_timeout_ms")]
    pub acquire_timeout_ms: u64,
    /// The longest a statement may run, in milliseconds; Postgres ends it.
    #[serde(default = "defaults::statement_timeout_ms")]
    pub statement_timeout_ms: u64,
    /// The longest a statement may wait for a lock, in milliseconds.
    #[serde(default = "defaults::lock_timeout_ms")]
    pub lock_timeout_ms: u64,
}

mod defaults {
    pub(super) const fn max_connections() -> u32 {
        16
    }
    pub(super) const fn min_connections() -> u32 {
        1
    }
    pub(super) const fn acquire_timeout_ms() -> u64 {
        1_000
    }
    pub(super) const fn statement_timeout_ms() -> u64 {
        5_000
    }
    pub(super) const fn lock_timeout_ms() -> u64 {
        2_000
    }
}

/// A transaction that its owner forgot is ended, with its locks.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(30);
/// A connection idle for this long may have died unnoticed: ask it first.
const TEST_AFTER_IDLE: Duration = Duration::from_secs(10);

impl Config {
    /// Postgres at this URL, with the defaults for everything else.
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_connections: defaults::max_connections(),
            min_connections: defaults::min_connections(),
            acquire_timeout_ms: defaults::acquire_timeout_ms(),
            statement_timeout_ms: defaults::statement_timeout_ms(),
            lock_timeout_ms: defaults::lock_timeout_ms(),
        }
    }

    /// What the driver needs, with `application` shown in `pg_stat_activity`.
    pub(crate) fn options(&self, application: &str) -> Result<ConnectOptions, ConfigError> {
        self.check()?;
        let lock_timeout = self.lock_timeout_ms.to_string();
        let mut options = ConnectOptions::new(&self.url);
        options
            .connect_lazy(true)
            .max_connections(self.max_connections)
            .min_connections(self.min_connections)
            .acquire_timeout(Duration::from_millis(self.acquire_timeout_ms))
            .statement_timeout(Duration::from_millis(self.statement_timeout_ms))
            .set_application_name(application)
            .test_before_acquire(false)
            .test_before_acquire_if_idle_for(TEST_AFTER_IDLE)
            .sqlx_logging(false)
            .map_sqlx_postgres_opts(move |options| {
                options.options([
                    ("lock_timeout", lock_timeout.as_str()),
                    (
                        "idle_in_transaction_session_timeout",
                        &IDLE_IN_TRANSACTION.as_millis().to_string(),
                    ),
                ])
            });
        Ok(options)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let parsed = self
            .url
            .parse::<sea_orm::sqlx::postgres::PgConnectOptions>();
        if !self.url.starts_with("postgres://") || parsed.is_err() {
            return Err(ConfigError::Url);
        }
        let positive = [
            ("max_connections", u64::from(self.max_connections)),
            ("acquire_timeout_ms", self.acquire_timeout_ms),
            ("statement_timeout_ms", self.statement_timeout_ms),
            ("lock_timeout_ms", self.lock_timeout_ms),
        ];
        if let Some((name, _)) = positive.into_iter().find(|(_, value)| *value == 0) {
            return Err(ConfigError::Zero(name));
        }
        if self.min_connections > self.max_connections {
            return Err(ConfigError::MoreIdleThanAll);
        }
        Ok(())
    }
}

/// A setting that cannot work. Names the setting and never repeats the URL,
/// which holds a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Not a Postgres URL.
    #[error("url: must be postgres://user:password@host[:port]/database")]
    Url,
    /// A limit of nothing always fails.
    #[error("{0}: must be above zero")]
    Zero(&'static str),
    /// The pool could never be that small.
    #[error("min_connections: must not be above max_connections")]
    MoreIdleThanAll,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Everything up to the last `@` may be a password, even in a URL that
        // does not parse.
        let host = self.url.rsplit_once('@').map_or("…", |(_, host)| host);
        f.debug_struct("Config")
            .field("url", &format_args!("postgres://…@{host}"))
            .field("max_connections", &self.max_connections)
            .field("min_connections", &self.min_connections)
            .field("acquire_timeout_ms", &self.acquire_timeout_ms)
            .field("statement_timeout_ms", &self.statement_timeout_ms)
            .field("lock_timeout_ms", &self.lock_timeout_ms)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, ConfigError};

    #[test]
    fn debug_output_has_no_password() {
        for url in ["postgres://app:p@ss@db:5432/x", "app:p@ss@db", "p@ss"] {
            let shown = format!("{:?}", Config::at(url));
            assert!(!shown.contains("p@ss"), "{shown}");
        }
    }

    #[test]
    fn settings_that_cannot_work_are_named() {
        let good = Config::at("postgres://app:secret@db/x");
        assert_eq!(good.check(), Ok(()));
        assert_eq!(Config::at("mysql://db/x").check(), Err(ConfigError::Url));
        let mut bad = good.clone();
        bad.acquire_timeout_ms = 0;
        assert_eq!(bad.check(), Err(ConfigError::Zero("acquire_timeout_ms")));
        let mut bad = good;
        bad.min_connections = 99;
        assert_eq!(bad.check(), Err(ConfigError::MoreIdleThanAll));
    }
}
