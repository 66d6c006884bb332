//! As much of an OpenTelemetry collector as it takes to look at spans.

use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::{
    collector::{
        metrics::v1::{
            ExportMetricsServiceRequest, ExportMetricsServiceResponse,
            metrics_service_server::{MetricsService, MetricsServiceServer},
        },
        trace::v1::{
            ExportTraceServiceRequest, ExportTraceServiceResponse,
            trace_service_server::{TraceService, TraceServiceServer},
        },
    },
    common::v1::{KeyValue, any_value},
    trace::v1::Span,
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

/// A span and the service that sent it.
#[derive(Debug, Clone)]
pub(super) struct Received {
    pub(super) service: String,
    pub(super) span: Span,
}

impl Received {
    /// The text of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        text(&self.span.attributes, name)
    }
}

/// Takes whatever is exported to it.
#[derive(Clone)]
pub(super) struct Collector {
    address: String,
    spans: Spans,
}

#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<Received>>>);

impl Collector {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let spans = Spans::default();
        let server = Server::builder()
            .add_service(TraceServiceServer::new(spans.clone()))
            .add_service(MetricsServiceServer::new(Metrics))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(server);
        Self { address, spans }
    }

    pub(super) fn address(&self) -> String {
        self.address.clone()
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.spans.0.lock().unwrap().clone()
    }

    /// A trace, a line a span, for whoever has to find out what is missing.
    pub(super) fn outline(&self, trace_id: &[u8]) -> String {
        let received = self.received();
        let mut trace: Vec<&Received> = received
            .iter()
            .filter(|received| received.span.trace_id == trace_id)
            .collect();
        trace.sort_by_key(|received| received.span.start_time_unix_nano);
        let lines = trace.iter().map(|received| {
            let span = &received.span;
            let (id, parent) = (hex(&span.span_id), hex(&span.parent_span_id));
            format!(
                "{id} under {parent:16} {:10} {} ({} links)",
                received.service,
                span.name,
                span.links.len()
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn text<'a>(attributes: &'a [KeyValue], name: &str) -> Option<&'a str> {
    let value = attributes
        .iter()
        .find(|attribute| attribute.key == name)?
        .value
        .as_ref()?;
    match value.value.as_ref()? {
        any_value::Value::StringValue(text) => Some(text),
        _ => None,
    }
}

#[tonic::async_trait]
impl TraceService for Spans {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let mut spans = self.0.lock().unwrap();
        for resource in request.into_inner().resource_spans {
            let attributes = resource
                .resource
                .map(|resource| resource.attributes)
                .unwrap_or_default();
            let service = text(&attributes, "service.name")
                .unwrap_or("nobody")
                .to_owned();
            let received = resource
                .scope_spans
                .into_iter()
                .flat_map(|scope| scope.spans);
            spans.extend(received.map(|span| Received {
                service: service.clone(),
                span,
            }));
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

struct Metrics;

#[tonic::async_trait]
impl MetricsService for Metrics {
    async fn export(
        &self,
        _: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}
