//! Outermost: a span around the whole request, in the caller's trace.

use http::{Request, Response};
use tonic::body::Body;
use tracing::Instrument as _;

use super::{Handler, Next, Step};
use crate::body::observe;
use crate::method::{Method, Policies};

#[derive(Debug, Clone)]
pub(crate) struct Trace {
    pub(crate) service: &'static str,
    pub(crate) policies: Policies,
}

impl Step for Trace {
    async fn handle<S: Handler>(
        &self,
        mut request: Request<Body>,
        next: Next<S>,
    ) -> Response<Body> {
        let method = Method::find(self.policies, request.uri().path());
        request.extensions_mut().insert(method);
        // A probe every second is not worth a span.
        if matches!(method, Method::Exempt) {
            return next.run(request).await;
        }
        let span = tracing::info_span!(
            "rpc",
            otel.name = method.name(),
            otel.kind = "server",
            otel.status_code = tracing::field::Empty,
            rpc.system.name = "grpc",
            rpc.method = method.name(),
            rpc.response.status_code = tracing::field::Empty,
            strowger.service = self.service,
            strowger.account.id = tracing::field::Empty,
            strowger.subject.id = tracing::field::Empty,
        );
        telemetry::propagation::follow(
            &span,
            request
                .headers()
                .get("traceparent")
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default(),
        );
        let response = next.run(request).instrument(span.clone()).await;
        observe(response, span.clone(), move |code| {
            span.record("rpc.response.status_code", code.name());
            if code.is_ours() {
                span.record("otel.status_code", "ERROR");
            }
        })
    }
}
