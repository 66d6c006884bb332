//! The floor: what one unary call with one small script costs on this machine,
//! with nothing of ours around it.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{
    Request, Response, Status,
    transport::{Endpoint, Server},
};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse,
    health_check_response::ServingStatus,
    health_client::HealthClient,
    health_server::{Health, HealthServer},
};

const IN_FLIGHT: usize = 32;
/// Three writes, as a small transition makes them.
const SCRIPT: &str = "redis.call('HSET', KEYS[1], 'version', ARGV[1], 'state', ARGV[1])
redis.call('ZADD', KEYS[2], ARGV[1], 'a')
redis.call('SET', KEYS[3], ARGV[1], 'PX', 60000)
return 1";

/// What was measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Floor {
    /// Calls per second.
    pub(crate) rate: f64,
    pub(crate) in_flight: usize,
}

/// A service whose one method runs the script.
struct Bare {
    redis: redis::aio::MultiplexedConnection,
    script: redis::Script,
}

#[tonic::async_trait]
impl Health for Bare {
    async fn check(
        &self,
        _: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let ran: redis::RedisResult<i64> = self
            .script
            .key("{floor}:1")
            .key("{floor}:2")
            .key("{floor}:3")
            .arg(1)
            .invoke_async(&mut self.redis.clone())
            .await;
        ran.map_err(|error| Status::unavailable(error.to_string()))?;
        Ok(Response::new(HealthCheckResponse {
            status: ServingStatus::Serving.into(),
        }))
    }

    type WatchStream = tokio_stream::Empty<Result<HealthCheckResponse, Status>>;

    async fn watch(
        &self,
        _: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        Err(Status::unimplemented("not part of the floor"))
    }
}

/// Calls as fast as they go, client and server in this process.
pub(crate) async fn measure(redis_url: &str, span: Duration) -> anyhow::Result<Floor> {
    let redis = redis::Client::open(redis_url)?
        .get_multiplexed_async_connection()
        .await
        .context("cannot reach the Redis of the mesh")?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let bare = Bare {
        redis,
        script: redis::Script::new(SCRIPT),
    };
    let server = Server::builder().add_service(HealthServer::new(bare));
    let server = tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    let client = HealthClient::new(Endpoint::from_shared(address)?.connect().await?);

    let began = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let mut client = client.clone();
        callers.spawn(async move {
            let mut calls = 0_u64;
            while began.elapsed() < span {
                client.check(HealthCheckRequest::default()).await?;
                calls += 1;
            }
            Ok::<_, Status>(calls)
        });
    }
    let mut calls = 0;
    while let Some(done) = callers.join_next().await {
        calls += done??;
    }
    server.abort();
    Ok(Floor {
        rate: calls as f64 / began.elapsed().as_secs_f64(),
        in_flight: IN_FLIGHT,
    })
}
