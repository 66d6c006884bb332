//! A service whose one unary method does what its request says.

use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use access::Caller;
use futures::{Stream, StreamExt as _};
use tonic::{Request, Response, Status};
use tonic_health::pb::health_server::Health;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

/// What happened inside.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    pub(crate) calls: Arc<AtomicU32>,
    /// Handlers that were dropped half-way.
    pub(crate) dropped: Arc<AtomicU32>,
    pub(crate) caller: Arc<Mutex<Option<Caller>>>,
    pub(crate) budget: Arc<Mutex<Option<Duration>>>,
    pub(crate) authorization: Arc<Mutex<Option<String>>>,
}

#[derive(Clone)]
pub(crate) struct Probe {
    pub(crate) seen: Seen,
    /// Calls that fail with UNAVAILABLE before one works.
    pub(crate) failures: Arc<AtomicU32>,
}

struct DropCount(Arc<AtomicU32>);

impl Drop for DropCount {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tonic::async_trait]
impl Health for Probe {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        self.seen.calls.fetch_add(1, Ordering::SeqCst);
        *self.seen.caller.lock().unwrap() = Some(rpc::caller(&request)?.clone());
        *self.seen.budget.lock().unwrap() = rpc::deadline::remaining();
        *self.seen.authorization.lock().unwrap() = request
            .metadata()
            .get("authorization")
            .map(|value| format!("{value:?}"));
        match request.get_ref().service.as_str() {
            "sleep" => {
                let _guard = DropCount(self.seen.dropped.clone());
                tokio::time::sleep(Duration::from_secs(30)).await;
            }
            "flaky" => {
                let left = self.failures.load(Ordering::SeqCst);
                if left > 0 {
                    self.failures.store(left - 1, Ordering::SeqCst);
                    return Err(Status::unavailable("not yet"));
                }
            }
            _ => {}
        }
        Ok(Response::new(HealthCheckResponse { status: 1 }))
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    /// A tick every 10 ms, for ever.
    async fn watch(
        &self,
        _: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let ticks = tokio_stream::wrappers::IntervalStream::new(tokio::time::interval(
            Duration::from_millis(10),
        ));
        Ok(Response::new(Box::pin(
            ticks.map(|_| Ok(HealthCheckResponse { status: 1 })),
        )))
    }
}
