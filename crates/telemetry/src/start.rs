use std::io::IsTerminal as _;
use std::sync::OnceLock;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{ExporterBuildError, MetricExporter, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::{CallIds, CallSampler, Config, Format, noise};

/// A setting in `[telemetry]` that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `telemetry.filter` is not in `RUST_LOG` syntax.
    #[error("telemetry.filter: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// `telemetry.sample_ratio` is not between 0 and 1.
    #[error("telemetry.sample_ratio: {0} is not between 0.0 and 1.0")]
    Ratio(f64),
    /// `telemetry.endpoint` is not an address an exporter can be built for.
    #[error("telemetry.endpoint: {0}")]
    Exporter(#[from] ExporterBuildError),
}

/// Set by the first [`init`] of a process. Never emptied: spans that end after
/// a service stopped still find their exporter.
static PROVIDERS: OnceLock<Option<Providers>> = OnceLock::new();

struct Providers {
    traces: SdkTracerProvider,
    metrics: SdkMeterProvider,
}

/// Held as long as the process has something to say; see [`Guard::flush`].
#[derive(Debug)]
#[must_use = "what was recorded last is lost unless the guard is flushed"]
pub struct Guard(());

impl Guard {
    /// Exports what is still buffered, waiting `limit` at most. A collector
    /// that is away costs the data, not the shutdown.
    pub async fn flush(&self, limit: Duration) {
        let flush = tokio::task::spawn_blocking(|| {
            // Blocks on the exporter's own threads, which need this runtime:
            // never on one of its workers.
            if let Some(Some(providers)) = PROVIDERS.get() {
                let traces = providers.traces.force_flush();
                let metrics = providers.metrics.force_flush();
                if let Err(error) = traces.and(metrics) {
                    tracing::debug!(%error, "telemetry was not delivered");
                }
            }
        });
        let _ = tokio::time::timeout(limit, flush).await;
    }
}

/// Starts logs and, when an endpoint is configured, OTLP traces and metrics.
///
/// Must run inside the tokio runtime that will live as long as the process,
/// because the exporters' connections belong to it. The first call decides for
/// the whole process; later ones only check their settings.
///
/// # Errors
/// [`Error`] names the setting that cannot be used. An unreachable collector
/// is not an error.
pub fn init(service: &'static str, config: &Config) -> Result<Guard, Error> {
    let filter = EnvFilter::try_new(&config.filter)?;
    if !(0.0..=1.0).contains(&config.sample_ratio) {
        return Err(Error::Ratio(config.sample_ratio));
    }
    if PROVIDERS.get().is_some() {
        return Ok(Guard(()));
    }
    let providers = match config.endpoint.as_str() {
        "" => None,
        endpoint => Some(export(service, endpoint, config)?),
    };
    let spans = providers.as_ref().map(|providers| {
        tracing_opentelemetry::layer()
            .with_tracer(providers.traces.tracer("strowger"))
            // Each costs bytes on every span and answers no question that the
            // span's name does not.
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_filter(noise::exported())
    });
    let lines = match config.format {
        Format::Text => tracing_subscriber::fmt::layer()
            .with_ansi(std::io::stderr().is_terminal())
            .with_writer(std::io::stderr)
            .boxed(),
        Format::Json => tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(std::io::stderr)
            .boxed(),
    };
    if PROVIDERS.set(providers).is_ok() {
        // Fails when a test installed its own subscriber first; that one wins.
        let _ = tracing_subscriber::registry()
            .with(lines.with_filter(filter))
            .with(spans)
            .try_init();
    }
    Ok(Guard(()))
}

fn export(service: &'static str, endpoint: &str, config: &Config) -> Result<Providers, Error> {
    let resource = Resource::builder()
        .with_service_name(service)
        .with_attributes([
            KeyValue::new("service.namespace", "strowger"),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", uuid::Uuid::now_v7().to_string()),
        ])
        .build();
    let traces = SdkTracerProvider::builder()
        .with_resource(resource.clone())
        .with_id_generator(CallIds::default())
        .with_sampler(CallSampler::new(config.sample_ratio))
        .with_batch_exporter(
            SpanExporter::builder()
                .with_tonic()
                .with_endpoint(endpoint)
                .build()?,
        )
        .build();
    let reader = PeriodicReader::builder(
        MetricExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .build()?,
    )
    .with_interval(Duration::from_secs(config.metrics_interval_seconds.max(1)))
    .build();
    let metrics = SdkMeterProvider::builder()
        .with_resource(resource)
        .with_reader(reader)
        .build();
    opentelemetry::global::set_tracer_provider(traces.clone());
    opentelemetry::global::set_meter_provider(metrics.clone());
    Ok(Providers { traces, metrics })
}
