//! How much at once, and how large.

use std::sync::Arc;
use std::time::Duration;

use api::access::v1::ErrorReason;
use fault::Fault;
use http::{Request, Response};
use tokio::sync::Semaphore;
use tonic::body::Body;

use super::{Handler, Next, Step, refuse};
use crate::body::{limit_messages, malformed};
use crate::method::Method;

/// When the process is full: soon, but not all at the same instant as the rest.
const COME_BACK: Duration = Duration::from_millis(200);

/// Refuses at once instead of queueing: a queue in front of a full server only
/// makes every answer late.
#[derive(Debug, Clone)]
pub(crate) struct Limit {
    in_flight: Arc<Semaphore>,
}

impl Limit {
    pub(crate) fn new(in_flight: usize) -> Self {
        Self {
            in_flight: Arc::new(Semaphore::new(in_flight.min(Semaphore::MAX_PERMITS))),
        }
    }
}

impl Step for Limit {
    async fn handle<S: Handler>(&self, request: Request<Body>, next: Next<S>) -> Response<Body> {
        let Some(policy) = Method::of(&request).policy() else {
            // Probes must be answered by a full process too.
            return next.run(request).await;
        };
        let Ok(permit) = self.in_flight.clone().try_acquire_owned() else {
            return refuse(
                Fault::exhausted(
                    ErrorReason::Overloaded,
                    "this replica is working at its limit",
                )
                .retry_after(COME_BACK),
            );
        };
        let request = request.map(|body| limit_messages(body, policy.max_request_bytes));
        let response = next.run(request).await;
        // Streams are bounded per connection; holding permits for hours would
        // starve the short calls.
        drop(permit);
        match malformed(&response) {
            Some(fault) => refuse(fault),
            None => response,
        }
    }
}
