use std::time::Duration;

use crate::domain::Time;

/// As protobuf writes an instant.
pub(crate) fn timestamp(time: Time) -> prost_types::Timestamp {
    let millis = time.millis();
    prost_types::Timestamp {
        seconds: millis.div_euclid(1000),
        // Below a thousand million.
        nanos: millis.rem_euclid(1000) as i32 * 1_000_000,
    }
}

/// As protobuf writes a stretch of time.
pub(crate) fn duration(span: Duration) -> prost_types::Duration {
    // Fails above 292 thousand million years.
    span.try_into().unwrap_or_default()
}
