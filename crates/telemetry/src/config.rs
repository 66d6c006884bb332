use serde::Deserialize;

/// The `[telemetry]` section of every service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How log lines look.
    pub format: Format,
    /// Which log lines are written, in `RUST_LOG` syntax (`info,routing=debug`).
    pub filter: String,
    /// OTLP/gRPC collector, `http://host:4317`; empty turns export off.
    pub endpoint: String,
    /// Share of traces without a sampled parent that are kept, 0.0 to 1.0.
    /// Traces of calls are always kept.
    pub sample_ratio: f64,
    /// Seconds between two metric exports.
    pub metrics_interval_seconds: u64,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object a line, for collectors.
    Json,
}
