//! The shorter of the caller's deadline and the method's; work stops there.

use std::time::Duration;

use http::{Request, Response};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::body::Body;

use super::{Handler, Next, Step, refuse};
use crate::body::end_at;
use crate::deadline::{self, scope};
use crate::drain;
use crate::method::Method;

/// tonic runs a timer of its own on the caller's header and answers CANCELLED.
/// Ours must fire first, so that the caller reads DEADLINE_EXCEEDED.
const AHEAD: Duration = Duration::from_millis(2);
/// How long a stream has to say its last word once drain began.
const LAST_WORD: Duration = Duration::from_secs(1);

#[derive(Debug, Clone)]
pub(crate) struct Deadline {
    pub(crate) drain: CancellationToken,
}

impl Step for Deadline {
    async fn handle<S: Handler>(&self, request: Request<Body>, next: Next<S>) -> Response<Body> {
        let method = Method::of(&request);
        let asked = match deadline::parse(request.headers()) {
            Ok(asked) => asked.map(|left| left.saturating_sub(AHEAD)),
            Err(fault) => return refuse(fault),
        };
        let allowed = method.policy().and_then(|policy| policy.deadline);
        let limit = match (asked, allowed) {
            (Some(asked), Some(allowed)) => Some(asked.min(allowed)),
            (one, other) => one.or(other),
        };
        let end = limit.and_then(|limit| Instant::now().checked_add(limit));
        let response = match end {
            None => next.run(request).await,
            // Work that starts now is wasted, and a quick handler would even
            // get through before the timer is looked at.
            Some(end) if end <= Instant::now() => return refuse(deadline::passed()),
            Some(end) => match tokio::time::timeout_at(end, scope(end, next.run(request))).await {
                Ok(response) => response,
                Err(_) => return refuse(deadline::passed()),
            },
        };
        if !method.streams() {
            return response;
        }
        let drain = self.drain.clone();
        end_at(response, async move {
            let drained = async {
                drain.cancelled().await;
                tokio::time::sleep(LAST_WORD).await;
            };
            let passed = async {
                match end {
                    Some(end) => tokio::time::sleep_until(end).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = drained => Status::from(drain::fault()),
                () = passed => Status::from(deadline::passed()),
            }
        })
    }
}
