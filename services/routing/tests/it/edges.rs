//! Edges: what is repeated, what is sent again, what happens to one that dies.

use std::time::Duration;

use api::routing::v1::{
    AckCommandsRequest, AttachRequest, AttachResponse, CallOutcome, CallState, EdgeCommand,
    KeepaliveRequest, LiveLeg, ReportArrivalRequest, attach_response::Message,
    edge_service_client::EdgeServiceClient,
};
use ids::{CallId, EdgeId, LegId};
use rpc::client::Peer;
use testkit::eventually;
use tokio::time::timeout;
use tonic::{Code, Streaming};

use crate::{
    company::{CALLER, Company, SUPPORT},
    town::Town,
};

fn arrival(edge: EdgeId, edge_call_id: &str) -> ReportArrivalRequest {
    ReportArrivalRequest {
        edge_id: edge.to_string(),
        edge_call_id: edge_call_id.to_owned(),
        from: CALLER.to_owned(),
        dialled: SUPPORT.to_owned(),
        from_name: "Caller".to_owned(),
    }
}

async fn attach(client: &mut EdgeServiceClient<Peer>, edge: EdgeId) -> Streaming<AttachResponse> {
    let request = AttachRequest {
        edge_id: edge.to_string(),
    };
    let mut stream = client.attach(request).await.unwrap().into_inner();
    let first = stream.message().await.unwrap().unwrap();
    assert!(matches!(first.message, Some(Message::Attached(_))));
    stream
}

async fn commands(stream: &mut Streaming<AttachResponse>, count: usize) -> Vec<EdgeCommand> {
    let mut commands = Vec::new();
    while commands.len() < count {
        let next = timeout(Duration::from_secs(5), stream.message()).await;
        if let Some(Message::Command(command)) = next.unwrap().unwrap().unwrap().message {
            commands.push(command);
        }
    }
    commands
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_arrival_is_the_same_call() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let edge = EdgeId::generate();
    let mut client = town.raw_edge(&replica, edge);
    let at_once: Vec<_> = (0..5)
        .map(|_| {
            let mut client = client.clone();
            async move {
                client
                    .report_arrival(arrival(edge, "sip:1"))
                    .await
                    .unwrap()
                    .into_inner()
            }
        })
        .collect();
    let answers = futures::future::join_all(at_once).await;
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    let other = client
        .report_arrival(arrival(edge, "sip:2"))
        .await
        .unwrap()
        .into_inner();
    assert_ne!(other.call_id, answers[0].call_id);
    let mut unknown = arrival(edge, "sip:3");
    unknown.dialled = "+15550000000".to_owned();
    assert_eq!(
        client.report_arrival(unknown).await.unwrap_err().code(),
        Code::NotFound
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_acknowledged_is_sent_again_in_order_and_nothing_else() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let edge = EdgeId::generate();
    let mut client = town.raw_edge(&replica, edge);
    let mut stream = attach(&mut client, edge).await;
    client.report_arrival(arrival(edge, "sip:1")).await.unwrap();
    let seen = commands(&mut stream, 2).await;
    drop(stream);

    let acknowledged = vec![seen[0].command_id.clone()];
    let request = AckCommandsRequest {
        edge_id: edge.to_string(),
        command_ids: acknowledged,
    };
    client.ack_commands(request.clone()).await.unwrap();
    client.ack_commands(request).await.unwrap();

    // On another replica: it makes no difference.
    let other = town.replica().await;
    let mut client = town.raw_edge(&other, edge);
    let mut stream = attach(&mut client, edge).await;
    assert_eq!(commands(&mut stream, 1).await[0], seen[1]);
    assert!(
        timeout(Duration::from_millis(200), stream.message())
            .await
            .is_err()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_attach_ends_the_first_here_and_elsewhere() {
    let town = Town::of(Company::new()).await;
    let (here, elsewhere) = (town.replica().await, town.replica().await);
    let edge = EdgeId::generate();
    let mut first = attach(&mut town.raw_edge(&here, edge), edge).await;
    let mut second = attach(&mut town.raw_edge(&here, edge), edge).await;
    let ended = timeout(Duration::from_millis(500), first.message())
        .await
        .unwrap();
    assert_eq!(ended.unwrap_err().code(), Code::Aborted);
    let _third = attach(&mut town.raw_edge(&elsewhere, edge), edge).await;
    let ended = timeout(Duration::from_secs(3), second.message())
        .await
        .unwrap();
    assert_eq!(ended.unwrap_err().code(), Code::Aborted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_ends_the_stream() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let edge = EdgeId::generate();
    let mut stream = attach(&mut town.raw_edge(&replica, edge), edge).await;
    let stopping = tokio::spawn(replica.running.shutdown());
    let ended = timeout(Duration::from_secs(3), stream.message())
        .await
        .unwrap();
    assert_eq!(ended.unwrap_err().code(), Code::Unavailable);
    stopping.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calls_of_a_silent_edge_end_and_free_their_people() {
    let town = Town::of(Company::new())
        .await
        .with("routing.edge_lease_seconds", "2")
        .with("routing.edge_keepalive_seconds", "1");
    let replica = town.replica().await;
    // A living edge beside it, to see that it is spared.
    let alive = town.edge(&replica).await;
    let mut spared = alive.dial(CALLER, SUPPORT).await.unwrap();
    let ring = spared.ring().await.unwrap();
    assert!(spared.answer(&ring).await.unwrap());

    let dead = EdgeId::generate();
    let mut client = town.raw_edge(&replica, dead);
    let lost = client
        .report_arrival(arrival(dead, "sip:1"))
        .await
        .unwrap()
        .into_inner();
    town.until(&replica, &lost.call_id, CallState::Ringing)
        .await;
    let call = town.until(&replica, &lost.call_id, CallState::Ended).await;
    assert_eq!(call.outcome(), CallOutcome::Failed);

    let talker = ring.person_id.parse().unwrap();
    let other = if talker == town.company.anna {
        town.company.ben
    } else {
        town.company.anna
    };
    town.until_free(other).await;
    assert_eq!(town.floor.holder(talker).as_deref(), Some(spared.call_id()));
    let call = town.call(&replica, spared.call_id()).await;
    assert_eq!(call.state(), CallState::Connected);
    assert!(town.floor.log().iter().any(|request| request == "renew"));

    let legs = vec![LiveLeg {
        call_id: lost.call_id,
        leg_id: lost.leg_id,
    }];
    let request = KeepaliveRequest {
        edge_id: dead.to_string(),
        legs: legs.clone(),
    };
    let answer = client.keepalive(request).await.unwrap().into_inner();
    assert_eq!(answer.unknown_legs, legs);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keepalive_names_what_nobody_knows() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let edge = EdgeId::generate();
    let mut client = town.raw_edge(&replica, edge);
    let mine = client
        .report_arrival(arrival(edge, "sip:1"))
        .await
        .unwrap()
        .into_inner();
    let known = LiveLeg {
        call_id: mine.call_id,
        leg_id: mine.leg_id,
    };
    let invented = LiveLeg {
        call_id: CallId::generate().to_string(),
        leg_id: LegId::generate().to_string(),
    };
    let legs = vec![known, invented.clone()];
    let request = KeepaliveRequest {
        edge_id: edge.to_string(),
        legs,
    };
    let answer = client.keepalive(request).await.unwrap().into_inner();
    assert_eq!(answer.unknown_legs, [invented]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_reaches_no_telephone_goes_on() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let edge = town.edge(&replica).await;
    let mut line = edge.dial(CALLER, SUPPORT).await.unwrap();
    let first = line.ring().await.unwrap();
    line.unreachable(&first.leg_id).await.unwrap();
    let second = line.ring().await.unwrap();
    assert_ne!(first.person_id, second.person_id);
    eventually(Duration::from_secs(2), "the first is free", async || {
        town.floor
            .holder(first.person_id.parse().unwrap())
            .is_none()
            .then_some(())
    })
    .await;
}
