//! One pipelined connection that fails fast and heals by itself.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use redis::{
    AsyncConnectionConfig, Client, Cmd, RedisError, RedisResult, Value,
    aio::{ConnectionLike, MultiplexedConnection},
    io::tcp::{TcpSettings, socket2::TcpKeepalive},
};
use tokio::{sync::Mutex, time::Instant};

use crate::config::{Config, ConfigError};

/// Commands that may wait in the pipeline; the next one waits for room.
const PIPELINE: usize = 1024;

/// Why not redis's own `ConnectionManager`: after an outage its first call still fails, and a
/// connection whose peer vanished without a word is kept until the kernel gives up on it.
pub(crate) struct Connection {
    client: Client,
    settings: AsyncConnectionConfig,
    current: ArcSwapOption<MultiplexedConnection>,
    /// Held while connecting, so that an outage costs one attempt at a time; remembers how the
    /// last one failed, so that those who waited for it fail with it.
    connecting: Mutex<Option<(Instant, RedisError)>>,
}

impl Connection {
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        Ok(Self {
            client: client(config)?,
            settings: AsyncConnectionConfig::new()
                .set_connection_timeout(Some(config.connect_timeout()))
                .set_response_timeout(Some(config.response_timeout()))
                .set_pipeline_buffer_size(PIPELINE),
            current: ArcSwapOption::empty(),
            connecting: Mutex::new(None),
        })
    }

    pub(crate) async fn send(&self, command: &Cmd) -> RedisResult<Value> {
        let connection = self.get().await?;
        let answer = MultiplexedConnection::clone(&connection).req_packed_command(command).await;
        // Refusals arrive as a value.
        let answer = answer.and_then(Value::extract_error);
        if let Err(error) = &answer
            && needs_another_connection(error)
        {
            self.current.compare_and_swap(&connection, None);
        }
        answer
    }

    /// A connection of its own that waits for answers without a limit, for commands that block.
    pub(crate) async fn dedicated(&self) -> RedisResult<MultiplexedConnection> {
        let settings = self.settings.clone().set_response_timeout(None);
        self.client.get_multiplexed_async_connection_with_config(&settings).await
    }

    pub(crate) async fn pubsub(&self) -> RedisResult<redis::aio::PubSub> {
        self.client.get_async_pubsub().await
    }

    async fn get(&self) -> RedisResult<Arc<MultiplexedConnection>> {
        if let Some(connection) = self.current.load_full() {
            return Ok(connection);
        }
        let asked_at = Instant::now();
        let mut last_failure = self.connecting.lock().await;
        if let Some(connection) = self.current.load_full() {
            return Ok(connection);
        }
        if let Some((failed_at, error)) = &*last_failure
            && *failed_at > asked_at
        {
            return Err(error.clone());
        }
        match self.client.get_multiplexed_async_connection_with_config(&self.settings).await {
            Ok(connection) => {
                let connection = Arc::new(connection);
                self.current.store(Some(connection.clone()));
                *last_failure = None;
                Ok(connection)
            }
            Err(error) => {
                *last_failure = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }
}

fn client(config: &Config) -> Result<Client, ConfigError> {
    for (name, value) in [
        ("connect_timeout_ms", config.connect_timeout_ms),
        ("response_timeout_ms", config.response_timeout_ms),
    ] {
        if value == 0 {
            return Err(ConfigError::Zero(name));
        }
    }
    let client = Client::open(config.url.as_str()).map_err(ConfigError::Url)?;
    // No delay: a pipelined command must not wait for the acknowledgement of the one before.
    // Keepalive: a subscription whose peer vanished would otherwise be silent for ever.
    let keepalive = TcpKeepalive::new()
        .with_time(std::time::Duration::from_secs(5))
        .with_interval(std::time::Duration::from_secs(2));
    let tcp = TcpSettings::default().set_nodelay(true).set_keepalive(keepalive);
    let info = client.get_connection_info().clone().set_tcp_settings(tcp);
    Client::open(info).map_err(ConfigError::Url)
}

/// Broken, silent, or to a server that became a replica.
fn needs_another_connection(error: &RedisError) -> bool {
    error.is_unrecoverable_error()
        || error.is_io_error()
        || error.is_timeout()
        || error.code() == Some("READONLY")
}
