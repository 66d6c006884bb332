//! Span and trace ids that can be dictated for one span.
//!
//! The root span of a call is written when the call ends, but its children
//! refer to it from the first second. So its ids are derived from the call id
//! and this generator hands them out for exactly that one span.

use std::cell::Cell;

use opentelemetry::trace::{Link, SpanId, SpanKind, TraceContextExt as _, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{
    IdGenerator, RandomIdGenerator, Sampler, SamplingDecision, SamplingResult, ShouldSample,
};

thread_local! {
    static DICTATED: Cell<Option<(TraceId, SpanId)>> = const { Cell::new(None) };
}

/// Runs `start` with the ids of the next root span fixed. Starting a span is
/// synchronous, so a thread-local cannot leak into another task.
pub(crate) fn dictate<T>(trace: TraceId, span: SpanId, start: impl FnOnce() -> T) -> T {
    struct Reset;
    impl Drop for Reset {
        fn drop(&mut self) {
            DICTATED.set(None);
        }
    }
    DICTATED.set(Some((trace, span)));
    let _reset = Reset;
    start()
}

/// Random ids, except where the call dictates them.
#[derive(Debug, Default)]
pub struct CallIds(RandomIdGenerator);

impl IdGenerator for CallIds {
    fn new_trace_id(&self) -> TraceId {
        DICTATED
            .get()
            .map_or_else(|| self.0.new_trace_id(), |(trace, _)| trace)
    }

    fn new_span_id(&self) -> SpanId {
        DICTATED
            .get()
            .map_or_else(|| self.0.new_span_id(), |(_, span)| span)
    }
}

/// Follows a parent's decision, keeps a share of the rest, and always keeps
/// the root of a call: its children were kept, so dropping it would leave them
/// without a parent.
#[derive(Debug, Clone)]
pub struct CallSampler(Sampler);

impl CallSampler {
    /// Keeps `ratio` (0.0 to 1.0) of the traces that start here.
    pub fn new(ratio: f64) -> Self {
        Self(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(
            ratio,
        ))))
    }
}

impl ShouldSample for CallSampler {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        if DICTATED.get().is_some() {
            return SamplingResult {
                decision: SamplingDecision::RecordAndSample,
                attributes: Vec::new(),
                trace_state: parent.map_or_else(TraceState::default, |parent| {
                    parent.span().span_context().trace_state().clone()
                }),
            };
        }
        self.0
            .should_sample(parent, trace, name, kind, attributes, links)
    }
}
