use std::time::{Duration, UNIX_EPOCH};

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tracing::Instrument as _;
use tracing_subscriber::layer::SubscriberExt as _;

use super::*;
use crate::{CallIds, CallSampler, propagation};

/// Everything one test needs, in one test: the provider is process-wide.
#[tokio::test]
async fn a_call_is_one_connected_trace() {
    let exported = InMemorySpanExporter::default();
    // A ratio of zero: only what belongs to a call may survive.
    let provider = SdkTracerProvider::builder()
        .with_id_generator(CallIds::default())
        .with_sampler(CallSampler::new(0.0))
        .with_simple_exporter(exported.clone())
        .build();
    opentelemetry::global::set_tracer_provider(provider.clone());
    let _subscriber = tracing::subscriber::set_default(
        tracing_subscriber::registry()
            .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("test"))),
    );
    let call = Uuid::now_v7();

    // Given an edge's request in a trace of its own, when routing learns the
    // call's id, then its span moves into the call's trace.
    let request = tracing::info_span!("request");
    propagation::follow(
        &request,
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    );
    let sent = async {
        let arrival = tracing::info_span!("arrival");
        span_parent(&arrival, call);
        async {
            // Work inside the trace stays under the span that caused it.
            let step = tracing::info_span!("step");
            span_parent(&step, call);
            step.in_scope(propagation::current)
        }
        .instrument(arrival)
        .await
    }
    .instrument(request)
    .await;
    let started = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    record_root(Root {
        call,
        started,
        ended: started + Duration::from_secs(60),
        attributes: vec![KeyValue::new(crate::attributes::OUTCOME, "answered")],
        cause: None,
        error: None,
    });
    // A span that has nothing to do with a call is dropped by the ratio.
    tracing::info_span!("unrelated").in_scope(|| ());

    let spans = exported.get_finished_spans().unwrap();
    let named = |name: &str| -> &SpanData {
        spans
            .iter()
            .find(|span| span.name == name)
            .unwrap_or_else(|| panic!("no span {name} in {spans:#?}"))
    };
    assert!(spans.iter().all(|span| span.name != "unrelated"));
    let root = named("call");
    assert_eq!(
        root.span_context.trace_id().to_string(),
        call.simple().to_string()
    );
    assert_eq!(root.span_context.span_id(), root_id(call));
    assert_eq!(root.parent_span_id, SpanId::INVALID);
    assert_eq!(
        root.end_time.duration_since(root.start_time).unwrap(),
        Duration::from_secs(60)
    );

    let arrival = named("arrival");
    assert_eq!(arrival.span_context.trace_id(), trace_id(call));
    assert_eq!(arrival.parent_span_id, root_id(call));
    assert_eq!(
        arrival.links.links[0].span_context.span_id(),
        named("request").span_context.span_id()
    );

    let step = named("step");
    assert_eq!(step.parent_span_id, arrival.span_context.span_id());
    assert_eq!(
        sent,
        format!("00-{}-{}-01", call.simple(), step.span_context.span_id())
    );

    // The next root gets ids of its own again.
    let other = provider
        .tracer("test")
        .build_with_context(SpanBuilder::from_name("other"), &Context::new());
    assert_ne!(other.span_context().span_id(), root_id(call));
}

#[test]
fn the_root_of_any_call_has_a_valid_id() {
    assert_ne!(
        root_id(Uuid::from_u128(7 << 76 | 0b10 << 62)),
        SpanId::INVALID
    );
    assert!(context(Uuid::now_v7()).span().span_context().is_valid());
}
