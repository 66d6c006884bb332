use std::{fmt, time::Duration};

use serde::Deserialize;

/// Where Redis is and how long to wait for it: the `[live]` section of a service.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `redis://user:password@host:port/db`, or `rediss://` for TLS.
    pub url: String,
    /// Goes before the partition in every key: empty in production, unique per test. At most
    /// 32 of `a-z`, `0-9` and `-`.
    #[serde(default)]
    pub namespace: String,
    /// The longest wait for a connection, in milliseconds.
    #[serde(default = "half_a_second")]
    pub connect_timeout_ms: u64,
    /// The longest wait for an answer, in milliseconds. After it the connection counts as dead.
    #[serde(default = "half_a_second")]
    pub response_timeout_ms: u64,
}

const fn half_a_second() -> u64 {
    500
}

impl Config {
    /// Redis at this URL, with the defaults for everything else.
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            namespace: String::new(),
            connect_timeout_ms: half_a_second(),
            response_timeout_ms: half_a_second(),
        }
    }

    /// The same Redis with keys of its own, for a test.
    #[must_use]
    pub fn in_namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = namespace.into();
        self
    }

    pub(crate) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    pub(crate) fn response_timeout(&self) -> Duration {
        Duration::from_millis(self.response_timeout_ms)
    }
}

/// A setting that cannot work. Names the setting and never repeats the URL, which may hold a
/// password.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not a Redis URL.
    #[error("url: must be redis://[user:password@]host[:port][/db] or rediss://…")]
    Url(#[source] redis::RedisError),
    /// Not usable in keys.
    #[error("namespace: must be at most 32 of a-z, 0-9 and -")]
    Namespace,
    /// A wait of nothing fails always.
    #[error("{0}: must be above zero")]
    Zero(&'static str),
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("url", &without_credentials(&self.url))
            .field("namespace", &self.namespace)
            .field("connect_timeout_ms", &self.connect_timeout_ms)
            .field("response_timeout_ms", &self.response_timeout_ms)
            .finish()
    }
}

/// Everything up to the last `@` may be a password, even in a URL that does not parse.
fn without_credentials(url: &str) -> String {
    match (url.rsplit_once('@'), url.split_once("://")) {
        (Some((_, host)), Some((scheme, _))) => format!("{scheme}://…@{host}"),
        (Some((_, host)), None) => format!("…@{host}"),
        (None, _) => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn debug_output_has_no_password() {
        for url in [
            "redis://app:p@ss@db:6379/0",
            "app:p@ss@db",
            "rediss://:p@ss@db",
        ] {
            let shown = format!("{:?}", Config::at(url));
            assert!(shown.contains("db") && !shown.contains("p@ss"), "{shown}");
        }
    }
}
