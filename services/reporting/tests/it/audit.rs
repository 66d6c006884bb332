//! The audit trail: who, what, when, in pages and through filters.

use api::reporting::v1::{AuditEvent, ListAuditEventsRequest};
use chrono::TimeDelta;

use crate::{
    company::Company,
    service::{Service, World, timestamp},
    tape::{Tape, noon},
};

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

async fn list(service: &Service, token: &str, request: ListAuditEventsRequest) -> Vec<AuditEvent> {
    service
        .audit(token)
        .list_audit_events(request)
        .await
        .unwrap()
        .into_inner()
        .audit_events
}

fn actions(events: &[AuditEvent]) -> Vec<&str> {
    events.iter().map(|event| event.action.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_trail_is_listed_filtered_and_paged() {
    let (world, company) = (World::new().await, Company::new());
    let (anna, queue) = (company.anna.to_string(), company.support.to_string());
    let mut tape = Tape::of(company.account);
    tape.change(&anna, "session.started", &anna);
    tape.wait(60).change(&anna, "queue.updated", &queue);
    tape.events[1].traceparent = TRACEPARENT.into();
    tape.wait(60).change("directory", "queue.updated", &queue);
    tape.wait(60).change("", "session.refused", &anna);
    tape.play(&world.live).await;
    world.fold_all().await;
    let service = world.start().await;
    let owner = world.owner(company.account).token();

    let all = list(&service, &owner, ListAuditEventsRequest::default()).await;
    assert_eq!(
        actions(&all),
        [
            "session.refused",
            "queue.updated",
            "queue.updated",
            "session.started"
        ]
    );
    assert_eq!(all[2].trace_id, "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(
        (all[3].actor_id.as_str(), all[3].network.as_str()),
        (anna.as_str(), "192.0.2.0/24")
    );
    assert_eq!(all[3].time, timestamp(noon()));

    let of = |change: fn(&mut ListAuditEventsRequest, &str), value: &str| {
        let mut request = ListAuditEventsRequest::default();
        change(&mut request, value);
        request
    };
    let by_anna = of(|request, value| request.actor_id = value.into(), &anna);
    assert_eq!(
        actions(&list(&service, &owner, by_anna).await),
        ["queue.updated", "session.started"]
    );
    let on_queue = of(|request, value| request.subject_id = value.into(), &queue);
    assert_eq!(list(&service, &owner, on_queue).await.len(), 2);
    let sessions = of(
        |request, value| request.action_prefix = value.into(),
        "session.",
    );
    assert_eq!(
        actions(&list(&service, &owner, sessions).await),
        ["session.refused", "session.started"]
    );
    let wildcard = of(|request, value| request.action_prefix = value.into(), "%");
    assert!(list(&service, &owner, wildcard).await.is_empty());
    let minute = ListAuditEventsRequest {
        start_time: timestamp(noon() + TimeDelta::minutes(1)),
        end_time: timestamp(noon() + TimeDelta::minutes(2)),
        ..Default::default()
    };
    assert_eq!(list(&service, &owner, minute).await.len(), 1);

    let mut pages = Vec::new();
    let mut request = ListAuditEventsRequest {
        page_size: 3,
        ..Default::default()
    };
    loop {
        let answer = service
            .audit(&owner)
            .list_audit_events(request.clone())
            .await
            .unwrap()
            .into_inner();
        pages.extend(answer.audit_events);
        if answer.next_page_token.is_empty() {
            break;
        }
        request.page_token = answer.next_page_token;
    }
    assert_eq!(pages, all);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_change_that_is_relayed_twice_stands_once() {
    let (world, company) = (World::new().await, Company::new());
    let mut tape = Tape::of(company.account);
    tape.change("", "account.created", &company.account.to_string());
    let mut again = Tape::of(company.account);
    again.events.clone_from(&tape.events);
    tape.play(&world.live).await;
    // Forgotten by the relay's memory in Redis.
    let partition = live::Partition::of(company.account);
    let remembered = world.live.keys().key(partition, "tape:relayed");
    world
        .live
        .command("DEL")
        .key(&remembered)
        .run::<u64>()
        .await
        .unwrap();
    again.play(&world.live).await;
    assert_eq!(
        live::event::length(&world.live, partition).await.unwrap(),
        2
    );
    world.fold_all().await;
    let service = world.start().await;
    let owner = world.owner(company.account).token();
    assert_eq!(
        list(&service, &owner, ListAuditEventsRequest::default())
            .await
            .len(),
        1
    );
}
