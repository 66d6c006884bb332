//! What must not become a span.

use tracing::Level;
use tracing_subscriber::filter::{LevelFilter, Targets};

/// The exporter speaks gRPC itself: a span about its own h2 stream would be
/// exported, which makes a span, which is exported… The transport crates are
/// also far below the level at which a call is understood.
const TRANSPORT: [&str; 6] = [
    "h2",
    "hyper",
    "hyper_util",
    "tonic",
    "tower",
    "opentelemetry",
];

/// Spans of our own code, down to INFO; sqlx and redis stay silent because the
/// `store` and `live` crates open a better named span around each access.
pub(crate) fn exported() -> Targets {
    let own = Targets::new().with_default(Level::INFO);
    TRANSPORT
        .into_iter()
        .chain(["opentelemetry_sdk", "opentelemetry_otlp", "sqlx", "sea_orm"])
        .fold(own, |targets, name| {
            targets.with_target(name, LevelFilter::OFF)
        })
}
