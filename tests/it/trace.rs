//! One call, one trace: its id is the call's, and everything in it hangs
//! together (MESH-5).

mod collector;

use std::{
    collections::{BTreeSet, HashSet},
    time::Duration,
};

use api::{directory::v1::Queue, presence::v1::State};
use ids::CallId;
use testkit::eventually;

use self::collector::{Collector, Received};
use crate::{
    office::{Office, answered_by, becomes},
    world::{OwnWorld, alone},
};

/// Spans are exported in batches, five seconds apart.
const EXPORTED_WITHIN: Duration = Duration::from_secs(20);

/// What is missing of a trace that must have everything; `None` when nothing is.
fn missing(call: &CallId, all: &[Received]) -> Option<String> {
    let trace_id = call.uuid().as_bytes().to_vec();
    let trace: Vec<&Received> = all
        .iter()
        .filter(|received| received.span.trace_id == trace_id)
        .collect();
    let ids: HashSet<&[u8]> = trace
        .iter()
        .map(|received| received.span.span_id.as_slice())
        .collect();
    let roots: Vec<&str> = trace
        .iter()
        .filter(|received| received.span.parent_span_id.is_empty())
        .map(|received| received.span.name.as_str())
        .collect();
    if roots != ["call"] {
        return Some(format!("the root spans are {roots:?}"));
    }
    let orphan = trace.iter().find(|received| {
        !received.span.parent_span_id.is_empty()
            && !ids.contains(received.span.parent_span_id.as_slice())
    });
    if let Some(orphan) = orphan {
        return Some(format!(
            "the parent of {} of {} is missing",
            orphan.span.name, orphan.service
        ));
    }
    let inside: BTreeSet<&str> = trace
        .iter()
        .map(|received| received.service.as_str())
        .collect();
    for service in ["routing", "presence", "reporting"] {
        if !inside.contains(service) {
            return Some(format!(
                "{service} has no span in the trace, only {inside:?}"
            ));
        }
    }
    let databases: BTreeSet<&str> = trace
        .iter()
        .filter_map(|received| received.attribute("db.system.name"))
        .collect();
    if databases != BTreeSet::from(["postgresql", "redis"]) {
        return Some(format!("the databases in the trace are {databases:?}"));
    }
    let linked = linked(&trace_id, all);
    ["identity", "directory"]
        .into_iter()
        .find(|service| !inside.contains(service) && !linked.contains(service))
        .map(|service| {
            format!(
                "{service} is neither in the trace nor linked: in {inside:?}, linked {linked:?}"
            )
        })
}

/// Services in the traces that are linked from this one, directly or by the
/// request that led to it: the edge's sign-in, the reading of the plan.
fn linked<'a>(trace_id: &[u8], all: &'a [Received]) -> BTreeSet<&'a str> {
    let mut reached = HashSet::from([trace_id.to_vec()]);
    loop {
        let of_reached = all
            .iter()
            .filter(|received| reached.contains(&received.span.trace_id));
        let further: Vec<Vec<u8>> = of_reached
            .flat_map(|received| &received.span.links)
            .map(|link| link.trace_id.clone())
            .filter(|linked| !reached.contains(linked))
            .collect();
        if further.is_empty() {
            break;
        }
        reached.extend(further);
    }
    let of_reached = all
        .iter()
        .filter(|received| reached.contains(&received.span.trace_id));
    of_reached
        .map(|received| received.service.as_str())
        .collect()
}

#[test]
fn the_trace_of_a_call_is_whole() {
    alone(async {
        let collector = Collector::start().await;
        let world = OwnWorld::with(|options| options.collector = Some(collector.address())).await;
        let office = Office::found(&world, "Traced").await;
        let [anna] = office.at_work(["Anna"]).await;
        let (_, support) = office.queue(&[&anna], Queue::default()).await;
        let mut line = office.call(&support).await;
        answered_by(&mut line, &anna).await;
        line.hang_up().await.unwrap();
        becomes(&anna, State::Available).await;
        office.record(line.call_id()).await;

        let call: CallId = line.call_id().parse().unwrap();
        let mut last = None;
        let whole = tokio::time::timeout(
            EXPORTED_WITHIN,
            eventually(2 * EXPORTED_WITHIN, "the trace is whole", async || {
                last = missing(&call, &collector.received());
                last.is_none().then_some(())
            }),
        );
        let whole = whole.await.is_ok();
        assert!(
            whole,
            "{}: {}\n{}",
            line.call_id(),
            last.unwrap_or_default(),
            collector.outline(call.uuid().as_bytes())
        );
    });
}

#[test]
fn a_trace_with_a_gap_is_found() {
    use opentelemetry_proto::tonic::trace::v1::Span;
    let call = CallId::generate();
    let span = |name: &str, id: u8, parent: &[u8]| Received {
        service: "routing".to_owned(),
        span: Span {
            name: name.to_owned(),
            trace_id: call.uuid().as_bytes().to_vec(),
            span_id: vec![id; 8],
            parent_span_id: parent.to_vec(),
            ..Span::default()
        },
    };
    let whole = [span("call", 1, &[]), span("arrival", 2, &[1; 8])];
    assert!(
        missing(&call, &whole)
            .unwrap()
            .contains("presence has no span")
    );
    let torn = [span("call", 1, &[]), span("arrival", 2, &[9; 8])];
    assert!(
        missing(&call, &torn)
            .unwrap()
            .contains("the parent of arrival")
    );
    assert!(missing(&call, &whole[1..]).unwrap().contains("root spans"));
}
