//! Ring groups, menus, direct calls: several may ring, one wins.

use api::{
    directory::v1::RingStrategy,
    routing::v1::{
        CallOutcome, CallState, HoldCallRequest, ResumeCallRequest, edge_command::Action,
    },
};

use crate::{
    company::{ANNA, CALLER, Company, RECEPTION, SALES},
    town::Town,
};

#[tokio::test(flavor = "multi_thread")]
async fn everybody_rings_one_wins_and_the_loser_stops() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let edge = town.edge(&replica).await;

    let mut line = edge.dial(CALLER, SALES).await.unwrap();
    let (first, second) = (line.ring().await.unwrap(), line.ring().await.unwrap());
    assert_ne!(first.person_id, second.person_id);
    assert!(line.answer(&second).await.unwrap());
    let stopped = line.stop_ringing().await.unwrap();
    assert_eq!(stopped.leg_id, first.leg_id);
    assert!(
        !line.answer(&first).await.unwrap(),
        "the loser does not have the call"
    );
    let winner = second.person_id.parse().unwrap();
    assert_eq!(town.floor.holder(winner).as_deref(), Some(line.call_id()));
    assert_eq!(town.floor.holder(first.person_id.parse().unwrap()), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_answer_at_once_are_one_winner_and_one_loser() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let peer = town.edge_peer(&replica, ids::EdgeId::generate());
    let edge = town.edge(&replica).await;
    for _ in 0..10 {
        let mut line = edge.dial(CALLER, SALES).await.unwrap();
        let rings = [line.ring().await.unwrap(), line.ring().await.unwrap()];
        let answers = rings.map(|ring| {
            let mut client =
                api::routing::v1::edge_service_client::EdgeServiceClient::new(peer.clone());
            let request = api::routing::v1::ReportAnswerRequest {
                call_id: line.call_id().to_owned(),
                leg_id: ring.leg_id,
                device_id: String::new(),
            };
            async move {
                client
                    .report_answer(request)
                    .await
                    .unwrap()
                    .into_inner()
                    .connected
            }
        });
        let [one, other] = answers;
        let (one, other) = tokio::join!(one, other);
        assert!(one ^ other, "exactly one has the call");
        line.hang_up().await.unwrap();
        town.until_free(town.company.anna).await;
        town.until_free(town.company.ben).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_after_the_other_until_nobody_is_left() {
    let company = Company::new().with_group(|group| {
        group.set_strategy(RingStrategy::Sequential);
        group.ring_timeout = Some(prost_types::Duration {
            seconds: 1,
            nanos: 0,
        });
    });
    let town = Town::of(company).await;
    let replica = town.replica().await;
    let edge = town.edge(&replica).await;
    let mut line = edge.dial(CALLER, SALES).await.unwrap();
    assert_eq!(
        line.ring().await.unwrap().person_id,
        town.company.anna.to_string()
    );
    assert_eq!(
        line.ring().await.unwrap().person_id,
        town.company.ben.to_string()
    );
    let voicemail = line.voicemail().await.unwrap();
    assert_eq!(voicemail.owner_id, town.company.sales.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_leads_on_and_a_wrong_one_asks_again() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let edge = town.edge(&replica).await;
    let mut line = edge.dial(CALLER, RECEPTION).await.unwrap();
    let question = line.collect().await.unwrap();
    line.press(&question, "9").await.unwrap();
    let again = line.collect().await.unwrap();
    assert_ne!(question.collect_id, again.collect_id);
    line.press(&question, "2").await.unwrap();
    assert!(
        line.next(std::time::Duration::from_millis(200))
            .await
            .is_none(),
        "an old question"
    );
    line.press(&again, "2").await.unwrap();
    let ring = line.ring().await.unwrap();
    assert!(line.answer(&ring).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_direct_call_to_somebody_who_talks_does_not_ring() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let edge = town.edge(&replica).await;
    let mut first = edge.dial(CALLER, ANNA).await.unwrap();
    let ring = first.ring().await.unwrap();
    assert!(first.answer(&ring).await.unwrap());

    let mut second = edge.dial(CALLER, ANNA).await.unwrap();
    second.voicemail().await.unwrap();
    let rang =
        |command: &api::routing::v1::EdgeCommand| matches!(command.action, Some(Action::Ring(_)));
    assert!(!second.past().iter().any(rang));

    let mut anna = town.person(&replica, town.company.anna);
    let (request_id, call_id) = ("hold-1".to_owned(), first.call_id().to_owned());
    let held = anna
        .hold_call(HoldCallRequest {
            request_id,
            call_id: call_id.clone(),
        })
        .await
        .unwrap();
    assert_eq!(held.into_inner().state(), CallState::OnHold);
    let request_id = "resume-1".to_owned();
    let resumed = anna
        .resume_call(ResumeCallRequest {
            request_id,
            call_id,
        })
        .await
        .unwrap();
    assert_eq!(resumed.into_inner().state(), CallState::Connected);

    first
        .put_down(&ring.leg_id, api::routing::v1::HangupCause::Normal)
        .await
        .unwrap();
    let call = town
        .until(&replica, first.call_id(), CallState::Ended)
        .await;
    assert_eq!(call.outcome(), CallOutcome::Answered);
    town.until_free(town.company.anna).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hang_up_and_an_answer_at_once_agree() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let edge = town.edge(&replica).await;
    for _ in 0..20 {
        let mut line = edge.dial(CALLER, ANNA).await.unwrap();
        let ring = line.ring().await.unwrap();
        let mut client = town.raw_edge(&replica, edge.id());
        let request = api::routing::v1::ReportAnswerRequest {
            call_id: line.call_id().to_owned(),
            leg_id: ring.leg_id.clone(),
            device_id: String::new(),
        };
        let (answered, hung_up) = tokio::join!(client.report_answer(request), line.hang_up());
        let connected = answered.unwrap().into_inner().connected;
        hung_up.unwrap();
        let call = town.until(&replica, line.call_id(), CallState::Ended).await;
        let expected = if call.answer_time.is_some() {
            CallOutcome::Answered
        } else {
            CallOutcome::Missed
        };
        assert_eq!(call.outcome(), expected);
        assert!(!connected || call.answer_time.is_some());
        town.until_free(town.company.anna).await;
    }
}
