use std::{fmt, sync::Arc};

use crate::{
    Call, Config, ConfigError, Key, Keyspace, LiveError, Script, connection::Connection,
    subscribe::Subscription,
};

/// Redis, as a service holds it. Clones share the connection.
#[derive(Clone)]
pub struct Live(Arc<Shared>);

struct Shared {
    connection: Connection,
    keys: Keyspace,
}

impl Live {
    /// Checks the settings. Connects on first use: a service starts, answers `UNAVAILABLE` and
    /// recovers whether or not Redis is there.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        Ok(Self(Arc::new(Shared {
            connection: Connection::new(config)?,
            keys: Keyspace::new(&config.namespace)?,
        })))
    }

    /// Makes keys. A service has one module that does, `live/keys.rs`.
    #[must_use]
    pub fn keys(&self) -> &Keyspace {
        &self.0.keys
    }

    /// A script to run: `live.script(&HANG_UP).key(&call).text(now).run::<u64>().await`.
    pub fn script<'a>(&'a self, script: &'a Script) -> Call<'a> {
        Call::script(self, script)
    }

    /// A plain command to run, for reads: `live.command("HGETALL").key(&call).run().await`.
    /// What changes state is a script.
    pub fn command(&self, name: &'static str) -> Call<'_> {
        Call::command(self, name)
    }

    /// Whether Redis answers, for health checks.
    pub async fn ping(&self) -> Result<(), LiveError> {
        self.command("PING").run().await
    }

    /// Wakes somebody who subscribed to `channel`. At most once, and to nobody if nobody is
    /// there: for speed, never for certainty.
    pub async fn wake(&self, channel: &Key) -> Result<(), LiveError> {
        self.command("PUBLISH").key(channel).arg("").run().await
    }

    /// Follows the channel `rest` of every partition: `live.subscribe("presence:wake")`.
    #[must_use]
    pub fn subscribe(&self, rest: &str) -> Subscription {
        Subscription::start(self.clone(), self.keys().pattern(rest))
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.0.connection
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live")
            .field("keys", &self.0.keys)
            .finish_non_exhaustive()
    }
}
