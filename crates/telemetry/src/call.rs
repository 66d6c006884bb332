//! The trace of a call.
//!
//! The 16 bytes of a call id *are* the trace id, so whoever knows a call knows
//! where its trace is, and any service can add to it without being told a
//! parent. The root span is derived too: its id is the second half of the call
//! id (never zero, because a UUID's variant bits are in it). Routing writes
//! that root once, when the call ends ([`record_root`]); until then its
//! children hang under a span that is still to come, which every backend
//! accepts.

use std::time::SystemTime;

use opentelemetry::trace::{
    Link, Span as _, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _,
    TraceFlags, TraceId, TraceState, Tracer as _,
};
use opentelemetry::{Context, KeyValue};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use uuid::Uuid;

use crate::ids;

/// The trace id of a call.
pub fn trace_id(call: Uuid) -> TraceId {
    TraceId::from_bytes(*call.as_bytes())
}

/// The id of the call's root span.
pub fn root_id(call: Uuid) -> SpanId {
    let (_, low) = call.as_u64_pair();
    SpanId::from(low)
}

/// The call's root as a parent for spans and for outgoing requests.
pub fn context(call: Uuid) -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        trace_id(call),
        root_id(call),
        TraceFlags::SAMPLED,
        true,
        TraceState::default(),
    ))
}

/// Puts a new span into the trace of its call; call it before the span is
/// first entered.
///
/// When the work already runs inside that trace, the span stays under the span
/// that caused it. Otherwise it goes under the call's root and *links* the
/// trace it came from, so that both can be found from each other.
pub fn span_parent(span: &tracing::Span, call: Uuid) {
    let current = tracing::Span::current().context();
    let cause = current.span().span_context().clone();
    if cause.trace_id() == trace_id(call) {
        return;
    }
    // Without a subscriber, or for a span that is already running, there is
    // nothing to attach: the work itself must not suffer.
    if span.set_parent(context(call)).is_ok() {
        span.add_link(cause);
    }
}

/// A finished call, as its root span tells it.
#[derive(Debug, Clone)]
pub struct Root {
    /// The call.
    pub call: Uuid,
    /// When the call arrived or was placed.
    pub started: SystemTime,
    /// When the last leg ended.
    pub ended: SystemTime,
    /// Ids and outcome; see [`crate::attributes`].
    pub attributes: Vec<KeyValue>,
    /// The trace in which the call was asked for, if there was one.
    pub cause: Option<SpanContext>,
    /// What went wrong, when the call ended in a fault of ours.
    pub error: Option<String>,
}

/// Exports the root span of a call. Exactly one service does it, once the call
/// has ended; doing it twice writes the same span id twice.
pub fn record_root(root: Root) {
    let tracer = opentelemetry::global::tracer("strowger");
    let mut builder = SpanBuilder::from_name("call")
        .with_kind(SpanKind::Internal)
        .with_start_time(root.started)
        .with_attributes(root.attributes);
    if let Some(cause) = root.cause.filter(SpanContext::is_valid) {
        builder = builder.with_links(vec![Link::new(cause, Vec::new(), 0)]);
    }
    let mut span = ids::dictate(trace_id(root.call), root_id(root.call), || {
        tracer.build_with_context(builder, &Context::new())
    });
    if let Some(reason) = root.error {
        span.set_status(Status::error(reason));
    }
    span.end_with_timestamp(root.ended);
}

#[cfg(test)]
#[path = "call_tests.rs"]
mod tests;
