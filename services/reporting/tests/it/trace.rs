//! Reporting stands in the trace of the call.

use opentelemetry::{global, trace::TracerProvider as _};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use telemetry::call;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::{company::Company, service::World};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_batch_is_a_span_in_the_trace_of_each_of_its_calls() {
    let (world, company) = (World::new().await, Company::new());
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    let _ = global::tracer("test");

    let mut tape = company.tape();
    let (one, other) = (company.answered(&mut tape), company.ring_group(&mut tape));
    let trace = call::trace_id(one.uuid());
    for event in tape
        .events
        .iter_mut()
        .filter(|event| event.subject == one.to_string())
    {
        event.traceparent = format!("00-{trace}-b7ad6b7169203331-01");
    }
    tape.play(&world.live).await;
    world.fold_all().await;

    let spans = exporter.get_finished_spans().unwrap();
    let of = |id: ids::CallId, name: &str| {
        let trace = call::trace_id(id.uuid());
        spans
            .iter()
            .find(|span| span.name == name && span.span_context.trace_id() == trace)
            .unwrap()
    };
    let record = of(one, "record call");
    assert_eq!(
        record.parent_span_id.to_string(),
        "b7ad6b7169203331",
        "under what caused it"
    );
    assert_eq!(
        of(one, "postgres fold").parent_span_id,
        record.span_context.span_id()
    );
    assert_eq!(
        of(other, "record call").parent_span_id,
        call::root_id(other.uuid()),
        "or under the root"
    );
}
