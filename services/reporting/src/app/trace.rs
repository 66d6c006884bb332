//! Reporting's part in the trace of a call.

use std::collections::BTreeMap;

use ids::{AccountId, CallId};
use opentelemetry::trace::TraceContextExt as _;
use telemetry::{call, propagation};
use tracing::{Span, info_span};

use crate::domain::fold::{Event, Fact};

/// Spans of a batch: one a call, with the shared transaction inside. They last until this is
/// dropped.
pub(super) struct CallSpans(#[expect(dead_code, reason = "held for their time")] Vec<(Span, Span)>);

impl CallSpans {
    /// Opens them, before the batch is committed.
    pub(super) fn open(events: &[Event]) -> Self {
        let mut calls: BTreeMap<(AccountId, CallId), (&str, u64)> = BTreeMap::new();
        for event in events {
            if let Fact::Call(call, _) = &event.fact {
                let seen = calls.entry((event.origin.account, *call)).or_default();
                *seen = (&event.origin.traceparent, seen.1 + 1);
            }
        }
        Self(
            calls
                .into_iter()
                .map(|((account, call), (cause, events))| open(account, call, cause, events))
                .collect(),
        )
    }
}

fn open(account: AccountId, call: CallId, cause: &str, events: u64) -> (Span, Span) {
    let span = info_span!(
        "record call",
        otel.kind = "consumer",
        strowger.service = "reporting",
        strowger.account.id = %account,
        strowger.call.id = %call,
        messaging.batch.message_count = events,
    );
    // The event was caused by a span of the call's own trace; whatever else is said, the record
    // belongs into that trace.
    let traced =
        propagation::parse(cause).span().span_context().trace_id() == call::trace_id(call.uuid());
    if traced {
        propagation::follow(&span, cause);
    } else {
        call::span_parent(&span, call.uuid());
    }
    let commit = info_span!(
        parent: &span,
        "postgres fold",
        otel.kind = "client",
        db.system.name = "postgresql",
        db.operation.name = "TRANSACTION",
        db.collection.name = "call_records",
    );
    (span, commit)
}
