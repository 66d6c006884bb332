//! Queue calls.

use std::time::Duration;

use api::routing::v1::{
    CallEvent, CallOutcome, CallState, GetWaitingLineRequest, HangupCause, QueueExit,
    call_event::Change,
};
use prost::Message;

use crate::{
    company::{CALLER, Company, SUPPORT},
    town::Town,
};

/// The changes of a call, in order; asserts that nothing is missing and nothing is doubled.
async fn story(town: &Town, call_id: &str) -> Vec<Change> {
    let events = town.events().await;
    let mine: Vec<_> = events
        .iter()
        .filter(|event| event.subject == call_id)
        .collect();
    for (index, event) in mine.iter().enumerate() {
        assert_eq!(event.seq, index as u64 + 1);
        assert_eq!(event.kind, "strowger.routing.v1.CallEvent");
    }
    mine.iter()
        .map(|event| CallEvent::decode(&*event.body).unwrap().change.unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_reaches_a_free_person_and_the_report_can_be_written() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let edge = town.edge(&replica).await;

    let mut line = edge.dial(CALLER, SUPPORT).await.unwrap();
    let ring = line.ring().await.unwrap();
    assert_eq!(
        town.floor
            .holder(ring.person_id.parse().unwrap())
            .as_deref(),
        Some(line.call_id())
    );
    line.ringing(&ring.leg_id).await.unwrap();
    assert!(line.answer(&ring).await.unwrap());
    assert!(
        line.answer(&ring).await.unwrap(),
        "a repeated report has the same answer"
    );
    let connect = line.connect().await.unwrap();
    assert_eq!(
        (connect.leg_id.as_str(), &connect.other_leg_id),
        (line.leg_id(), &ring.leg_id)
    );

    line.hang_up().await.unwrap();
    line.hang_up().await.unwrap();
    let call = town.until(&replica, line.call_id(), CallState::Ended).await;
    assert_eq!(call.outcome(), CallOutcome::Answered);
    town.until_free(ring.person_id.parse().unwrap()).await;

    let story = story(&town, line.call_id()).await;
    let names: Vec<_> = story.iter().map(name).collect();
    assert_eq!(
        names,
        [
            "arrived", "targeted", "queued", "offered", "ringing", "answered", "left", "ended"
        ]
    );
    let Some(Change::LeftQueue(left)) = story.get(6) else {
        panic!("{story:?}")
    };
    assert_eq!(
        (left.exit(), &left.person_id),
        (QueueExit::Answered, &ring.person_id)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_callers_get_two_people_and_the_third_waits_for_the_first_to_be_free() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let edge = town.edge(&replica).await;

    let (mut people, mut lines) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let mut line = edge.dial(CALLER, SUPPORT).await.unwrap();
        let ring = line.ring().await.unwrap();
        assert!(line.answer(&ring).await.unwrap());
        people.push(ring.person_id);
        lines.push(line);
    }
    assert_ne!(people[0], people[1]);

    let mut third = edge.dial(CALLER, SUPPORT).await.unwrap();
    let mut fourth = edge.dial(CALLER, SUPPORT).await.unwrap();
    assert!(
        third
            .next(Duration::from_millis(300))
            .await
            .is_some_and(|command| {
                matches!(
                    command.action,
                    Some(api::routing::v1::edge_command::Action::Play(_))
                )
            })
    );
    let request = GetWaitingLineRequest {
        queue_id: town.company.support.to_string(),
        limit: 0,
    };
    let shown = town
        .lines(&replica)
        .get_waiting_line(request)
        .await
        .unwrap()
        .into_inner();
    let order: Vec<_> = shown
        .callers
        .iter()
        .map(|caller| caller.call_id.as_str())
        .collect();
    assert_eq!(
        (shown.size, order),
        (2, vec![third.call_id(), fourth.call_id()])
    );

    lines[0].hang_up().await.unwrap();
    let ring = third.ring().await.unwrap();
    assert_eq!(ring.person_id, people[0]);
    assert!(third.answer(&ring).await.unwrap());
    lines[1].hang_up().await.unwrap();
    let ring = fourth.ring().await.unwrap();
    assert_eq!(ring.person_id, people[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_serve_one_line_in_order_and_nobody_twice() {
    const CALLERS: usize = 24;
    let town = Town::of(Company::new()).await;
    let replicas = [town.replica().await, town.replica().await];
    let edges = [town.edge(&replicas[0]).await, town.edge(&replicas[1]).await];
    town.floor.occupy(town.company.anna);
    town.floor.occupy(town.company.ben);
    let (mut arrived, mut lines) = (Vec::new(), Vec::new());
    for number in 0..CALLERS {
        let line = edges[number % 2].dial(CALLER, SUPPORT).await.unwrap();
        arrived.push(line.call_id().to_owned());
        lines.push(line.with_patience(Duration::from_secs(60)));
        // Order is by the millisecond.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let talks = lines.into_iter().map(|mut line| async move {
        let ring = line.ring().await.unwrap();
        assert!(line.answer(&ring).await.unwrap());
        tokio::time::sleep(Duration::from_millis(20)).await;
        line.hang_up().await.unwrap();
    });
    let people = [town.company.anna, town.company.ben].map(|person| town.floor.vacate(person));
    tokio::join!(
        futures::future::join_all(people),
        futures::future::join_all(talks)
    );

    let mut talking = std::collections::HashMap::new();
    let mut offered = Vec::new();
    for event in town.events().await {
        match CallEvent::decode(&*event.body).unwrap().change.unwrap() {
            Change::Offered(offer) => {
                offered.push(event.subject.clone());
                let before = talking.insert(offer.person_id, event.subject);
                assert_eq!(before, None, "a person is offered one call at a time");
            }
            Change::Ended(ended) => {
                assert_eq!(talking.remove(&ended.person_id), Some(event.subject));
            }
            _ => {}
        }
    }
    assert_eq!(offered, arrived, "who came first was served first");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_call_keeps_its_place_and_goes_to_somebody_else() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let edge = town.edge(&replica).await;

    let mut line = edge.dial(CALLER, SUPPORT).await.unwrap();
    let first = line.ring().await.unwrap();
    line.put_down(&first.leg_id, HangupCause::Declined)
        .await
        .unwrap();
    let second = line.ring().await.unwrap();
    assert_ne!(first.person_id, second.person_id);
    assert!(line.answer(&second).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_hangs_up_while_waiting_has_abandoned() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let edge = town.edge(&replica).await;
    town.floor.occupy(town.company.anna);
    town.floor.occupy(town.company.ben);

    let mut line = edge.dial(CALLER, SUPPORT).await.unwrap();
    town.until(&replica, line.call_id(), CallState::Queued)
        .await;
    line.hang_up().await.unwrap();
    let call = town.until(&replica, line.call_id(), CallState::Ended).await;
    assert_eq!(call.outcome(), CallOutcome::Abandoned);
    town.floor.vacate(town.company.anna).await;
    assert_eq!(town.floor.holder(town.company.anna), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_line_and_an_empty_queue_lead_to_the_voicemail() {
    let company = Company::new().with_queue(|queue| {
        queue.max_size = 1;
        queue.join_empty = false;
    });
    let town = Town::of(company).await;
    let replica = town.replica().await;
    let edge = town.edge(&replica).await;
    town.floor.occupy(town.company.anna);
    town.floor.occupy(town.company.ben);

    let waiting = edge.dial(CALLER, SUPPORT).await.unwrap();
    town.until(&replica, waiting.call_id(), CallState::Queued)
        .await;
    let mut full = edge.dial(CALLER, SUPPORT).await.unwrap();
    let voicemail = full.voicemail().await.unwrap();
    assert_eq!(voicemail.owner_id, town.company.support.to_string());
    full.recorded("s3://voicemail/1", Duration::from_secs(7))
        .await
        .unwrap();
    full.hang_up().await.unwrap();
    let call = town.until(&replica, full.call_id(), CallState::Ended).await;
    assert_eq!(call.outcome(), CallOutcome::Voicemail);
    let story = story(&town, full.call_id()).await;
    assert!(story.iter().any(|change| {
        matches!(change, Change::LeftQueue(left) if left.exit() == QueueExit::Full)
    }));

    town.floor.log_out_all();
    drop(waiting);
    town.directory.change(|plan| plan.queues[0].max_size = 0);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut empty = edge.dial(CALLER, SUPPORT).await.unwrap();
    empty.voicemail().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn too_long_a_wait_overflows() {
    let company = Company::new().with_queue(|queue| {
        queue.max_wait = Some(prost_types::Duration {
            seconds: 1,
            nanos: 0,
        });
    });
    let town = Town::of(company).await;
    let replica = town.replica().await;
    let edge = town.edge(&replica).await;
    town.floor.occupy(town.company.anna);
    town.floor.occupy(town.company.ben);
    let mut line = edge.dial(CALLER, SUPPORT).await.unwrap();
    line.voicemail().await.unwrap();
}

fn name(change: &Change) -> &'static str {
    match change {
        Change::Arrived(_) => "arrived",
        Change::Targeted(_) => "targeted",
        Change::KeyPressed(_) => "key",
        Change::Queued(_) => "queued",
        Change::LeftQueue(_) => "left",
        Change::Offered(_) => "offered",
        Change::Ringing(_) => "ringing",
        Change::OfferEnded(_) => "offer ended",
        Change::Answered(_) => "answered",
        Change::SecondPickUp(_) => "second pick-up",
        Change::Held(_) => "held",
        Change::Resumed(_) => "resumed",
        Change::Voicemail(_) => "voicemail",
        Change::Recorded(_) => "recorded",
        Change::Ended(_) => "ended",
    }
}
