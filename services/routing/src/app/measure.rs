//! What operators watch: how calls end, how long callers hear nothing, how often replicas get in
//! each other's way.

use std::sync::LazyLock;

use opentelemetry::{
    KeyValue,
    metrics::{Counter, Histogram},
};

use crate::domain::{Call, Event, Time};

static ENDED: LazyLock<Counter<u64>> = LazyLock::new(|| {
    telemetry::meter("routing")
        .u64_counter("strowger.call.ended")
        .with_description("Calls that ended, by outcome")
        .build()
});
static UNTIL_OFFER: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    telemetry::meter("routing")
        .f64_histogram("strowger.call.until_offer")
        .with_unit("s")
        .with_description("From arrival to the first telephone that is told to ring")
        .with_boundaries(vec![
            0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0,
        ])
        .build()
});
static CONFLICTS: LazyLock<Counter<u64>> = LazyLock::new(|| {
    telemetry::meter("routing")
        .u64_counter("strowger.call.conflicts")
        .with_description("Decisions made again because somebody else's was committed first")
        .build()
});

/// A call ended this way.
pub(super) fn ended(outcome: &'static str) {
    ENDED.add(1, &[KeyValue::new("outcome", outcome)]);
}

/// A transition with these events was committed.
pub(super) fn committed(call: &Call, events: &[Event], now: Time) {
    let offered = events
        .iter()
        .any(|event| matches!(event, Event::Offered { .. }));
    if offered && call.legs.iter().all(|leg| leg.offered == now) {
        UNTIL_OFFER.record(now.since(call.arrived).as_secs_f64(), &[]);
    }
}

/// Somebody else was first.
pub(super) fn conflict() {
    CONFLICTS.add(1, &[]);
}
