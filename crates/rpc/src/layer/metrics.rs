//! Rate, errors and duration per method, with the real gRPC status.

use http::{Request, Response};
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Histogram, UpDownCounter};
use telemetry::attributes;
use tokio::time::Instant;
use tonic::body::Body;
use tracing::Span;

use super::{Handler, Next, Step};
use crate::body::observe;
use crate::method::Method;

/// Instruments by the names of OpenTelemetry's RPC conventions.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    service: &'static str,
    duration: Histogram<f64>,
    active: UpDownCounter<i64>,
}

impl Metrics {
    pub(crate) fn new(service: &'static str) -> Self {
        let meter = telemetry::meter("rpc");
        Self {
            service,
            duration: meter
                .f64_histogram("rpc.server.call.duration")
                .with_unit("s")
                .with_description("From the request's headers to the end of the answer.")
                .with_boundaries(vec![
                    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
                ])
                .build(),
            active: meter
                .i64_up_down_counter("strowger.rpc.active")
                .with_description("Requests and streams being answered.")
                .build(),
        }
    }
}

impl Step for Metrics {
    async fn handle<S: Handler>(&self, request: Request<Body>, next: Next<S>) -> Response<Body> {
        let method = Method::of(&request);
        if matches!(method, Method::Exempt) {
            return next.run(request).await;
        }
        let begun = Instant::now();
        let labels = [
            KeyValue::new(attributes::METHOD, method.name()),
            KeyValue::new(attributes::SERVICE, self.service),
        ];
        let active = Active::enter(self.active.clone(), labels.clone());
        let duration = self.duration.clone();
        let response = next.run(request).await;
        observe(response, Span::none(), move |code| {
            drop(active);
            let [method, service] = labels;
            let status = KeyValue::new(attributes::STATUS, code.name());
            duration.record(begun.elapsed().as_secs_f64(), &[method, service, status]);
        })
    }
}

/// Counts itself out even when the request is dropped half-way.
struct Active {
    counter: UpDownCounter<i64>,
    labels: [KeyValue; 2],
}

impl Active {
    fn enter(counter: UpDownCounter<i64>, labels: [KeyValue; 2]) -> Self {
        counter.add(1, &labels);
        Self { counter, labels }
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.counter.add(-1, &self.labels);
    }
}
