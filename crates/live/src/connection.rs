//! One pipelined connection that fails fast and heals by itself.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ProtocolVersion, PushInfo, PushKind, RedisError,
    RedisResult, Value,
    aio::{ConnectionLike, MultiplexedConnection, SendError},
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
    /// The same server by the protocol in which a connection reports its own end.
    telling: Client,
    settings: AsyncConnectionConfig,
    current: Arc<ArcSwapOption<Current>>,
    /// Held while connecting, so that an outage costs one attempt at a time; remembers how the
    /// last one failed, so that those who waited for it fail with it.
    connecting: Mutex<Attempts>,
}

#[derive(Default)]
struct Attempts {
    count: u64,
    last_failure: Option<(Instant, RedisError)>,
}

struct Current {
    connection: MultiplexedConnection,
    /// Counts attempts, so that the end of an old connection does not drop a new one.
    number: u64,
}

impl Connection {
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        Ok(Self {
            client: client(config, ProtocolVersion::RESP2)?,
            telling: client(config, ProtocolVersion::RESP3)?,
            settings: AsyncConnectionConfig::new()
                .set_connection_timeout(Some(config.connect_timeout()))
                .set_response_timeout(Some(config.response_timeout()))
                .set_pipeline_buffer_size(PIPELINE),
            current: Arc::default(),
            connecting: Mutex::default(),
        })
    }

    pub(crate) async fn send(&self, command: &Cmd) -> RedisResult<Value> {
        let current = self.get().await?;
        let answer = current.connection.clone().req_packed_command(command).await;
        // Refusals arrive as a value.
        let answer = answer.and_then(Value::extract_error);
        if let Err(error) = &answer
            && needs_another_connection(error)
        {
            self.current.compare_and_swap(&current, None);
        }
        answer
    }

    /// A connection of its own that waits for answers without a limit, for commands that block.
    pub(crate) async fn dedicated(&self) -> RedisResult<MultiplexedConnection> {
        let settings = self.settings.clone().set_response_timeout(None);
        self.client
            .get_multiplexed_async_connection_with_config(&settings)
            .await
    }

    pub(crate) async fn pubsub(&self) -> RedisResult<redis::aio::PubSub> {
        self.client.get_async_pubsub().await
    }

    async fn get(&self) -> RedisResult<Arc<Current>> {
        if let Some(current) = self.current.load_full() {
            return Ok(current);
        }
        let asked_at = Instant::now();
        let mut attempts = self.connecting.lock().await;
        if let Some(current) = self.current.load_full() {
            return Ok(current);
        }
        if let Some((failed_at, error)) = &attempts.last_failure
            && *failed_at > asked_at
        {
            return Err(error.clone());
        }
        attempts.count += 1;
        match self.connect(attempts.count).await {
            Ok(current) => {
                attempts.last_failure = None;
                Ok(current)
            }
            Err(error) => {
                attempts.last_failure = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    async fn connect(&self, number: u64) -> RedisResult<Arc<Current>> {
        // The connection reports its end, so that the next call finds none and makes one,
        // instead of failing on a connection that died while it was idle.
        let slot = Arc::downgrade(&self.current);
        let forget = move |push: PushInfo| -> Result<(), SendError> {
            if push.kind == PushKind::Disconnection
                && let Some(slot) = slot.upgrade()
                && let Some(current) = slot.load_full()
                && current.number == number
            {
                slot.compare_and_swap(&current, None);
            }
            Ok(())
        };
        let settings = self.settings.clone().set_push_sender(forget);
        let connection = self
            .telling
            .get_multiplexed_async_connection_with_config(&settings)
            .await?;
        let current = Arc::new(Current { connection, number });
        self.current.store(Some(current.clone()));
        Ok(current)
    }
}

fn client(config: &Config, protocol: ProtocolVersion) -> Result<Client, ConfigError> {
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
    let tcp = TcpSettings::default()
        .set_nodelay(true)
        .set_keepalive(keepalive);
    let info = client.get_connection_info().clone();
    let login = info.redis_settings().clone().set_protocol(protocol);
    Client::open(info.set_tcp_settings(tcp).set_redis_settings(login)).map_err(ConfigError::Url)
}

/// Broken, silent, or to a server that became a replica.
fn needs_another_connection(error: &RedisError) -> bool {
    error.is_unrecoverable_error()
        || error.is_io_error()
        || error.is_timeout()
        || error.code() == Some("READONLY")
}
