//! The directory changes; the floor follows.

use std::time::Duration;

use api::{
    directory::v1::{Absence, AbsenceState, QueueStrategy},
    presence::v1::{HeartbeatRequest, ListPeopleRequest, OfferKind, OfferOutcome, State},
};
use testkit::eventually;
use tonic::Code;

use crate::{
    floor::{reason, seconds},
    office::{Office, Worker},
};

const SOON: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_new_member_is_ready_within_a_second() {
    let mut office = Office::open().await;
    let team = office.hire(2).await;
    let queue = office.queue(QueueStrategy::LongestIdle, &team[..1]).await;
    office.call().find(queue).await;
    assert_eq!(office.call().reserve(queue).await.reservation, None);

    let mut member = office.plan.queues[0].members[0].clone();
    member.person_id = team[1].id.to_string();
    office.plan.queues[0].members.push(member);
    office.directory.publish(office.plan.clone());
    // Nobody asks for anything: the owner of the partition applies it.
    eventually(SOON, "the new member is ready", async || {
        office.call().reserve(queue).await.reservation
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_new_is_known_to_everybody_who_asks_at_once() {
    let mut office = Office::open().await;
    office.hire(1).await;
    for _ in 0..5 {
        let new = office.add_extension();
        office.directory.publish(office.plan.clone());
        // Each finds them unknown; one applies the plan, the others come behind it.
        let reports = (0..8).map(|_| {
            let mut phone = office.user(new);
            let request = HeartbeatRequest {
                device_id: new.device.to_string(),
                ..HeartbeatRequest::default()
            };
            async move { phone.heartbeat(request).await }
        });
        for report in futures::future::join_all(reports).await {
            report.unwrap();
        }
    }
}

#[tokio::test]
async fn whoever_leaves_is_gone_and_their_call_goes_on() {
    let mut office = Office::open().await;
    let team = office.hire(2).await;
    let queue = office.queue(QueueStrategy::Linear, &team).await;
    let call = office.call();
    let token = call.connect(team[0]).await;

    office.plan.extensions.clear();
    office.plan.queues[0].members.clear();
    office.directory.publish(office.plan.clone());
    office.settled().await;
    let answer = office.call().reserve(queue).await;
    assert_eq!((answer.reservation, answer.logged_in), (None, 0));
    let result = &office.call().offer(OfferKind::Shared, &[team[1]]).await[0];
    assert_eq!(result.outcome(), OfferOutcome::Unknown);
    let request = HeartbeatRequest {
        device_id: team[1].device.to_string(),
        ..HeartbeatRequest::default()
    };
    let status = office.user(team[1]).heartbeat(request).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status)),
        (Code::NotFound, "PERSON_UNKNOWN".to_owned())
    );

    // The one on the call is still held by it, and can be offered nothing.
    let key = office.live.keys().key(
        live::Partition::of(office.account),
        format_args!("presence:person:{}", team[0].id),
    );
    let exists = async || {
        office
            .live
            .command("EXISTS")
            .key(&key)
            .run::<bool>()
            .await
            .unwrap()
    };
    assert!(exists().await);
    call.release(team[0], token, None).await;
    assert!(!exists().await, "the end of the call is the last trace");
}

#[tokio::test]
async fn whoever_is_suspended_is_offline_at_once_and_their_call_goes_on() {
    let mut office = Office::open().await;
    let team = office.hire(3).await;
    let [anna, ben, cleo] = team[..] else {
        unreachable!()
    };
    let queue = office.queue(QueueStrategy::Linear, &team).await;
    let (talk, ringing) = (office.call(), office.call());
    let token = talk.connect(ben).await;
    let offered = ringing.find(queue).await;
    assert_eq!(offered.person_id, anna.id.to_string());

    let suspended = |worker: &Worker| Absence {
        person_id: worker.id.to_string(),
        state: AbsenceState::Suspended.into(),
    };
    office.plan.absences = vec![suspended(&anna), suspended(&ben)];
    office.directory.publish(office.plan.clone());
    office.becomes(anna, State::Offline, SOON).await;
    office.settled().await;
    assert_eq!(office.look_at(anna).await.device_ids, Vec::<String>::new());
    assert_eq!(office.state_of(ben).await, State::OnACall);
    for absent in [anna, ben] {
        let request = HeartbeatRequest {
            device_id: absent.device.to_string(),
            ..HeartbeatRequest::default()
        };
        let status = office.user(absent).heartbeat(request).await.unwrap_err();
        assert_eq!(
            (status.code(), reason(&status)),
            (Code::FailedPrecondition, "PERSON_SUSPENDED".to_owned())
        );
    }
    // The queue passes over her, and the call that rang her finds somebody else.
    let next = office.call().find(queue).await;
    assert_eq!(next.person_id, cleo.id.to_string());

    // The call ends, the rest follows, and only then is he offline.
    let rest = Some(seconds(1));
    talk.release(ben, token, rest).await;
    assert_eq!(office.state_of(ben).await, State::WrapUp);
    office.becomes(ben, State::Offline, SOON).await;

    office.plan.absences.clear();
    office.directory.publish(office.plan.clone());
    office.settled().await;
    office.connect(anna).await;
    assert_eq!(office.state_of(anna).await, State::Available);
    let again = office.call().find(queue).await;
    assert_eq!(again.person_id, anna.id.to_string(), "as before");
}

#[tokio::test]
async fn nobody_of_a_suspended_company_is_reached() {
    let mut office = Office::open().await;
    let team = office.hire(2).await;
    let queue = office.queue(QueueStrategy::Linear, &team).await;
    office.call().connect(team[0]).await;
    office.plan.suspended = true;
    office.directory.publish(office.plan.clone());
    office.becomes(team[1], State::Offline, SOON).await;
    let answer = office.call().reserve(queue).await;
    assert_eq!((answer.reservation, answer.logged_in), (None, 1));
    assert_eq!(office.state_of(team[0]).await, State::OnACall);
}

#[tokio::test]
async fn people_are_listed_page_by_page() {
    let mut office = Office::open().await;
    let team = office.hire(5).await;
    let queue = office.queue(QueueStrategy::Linear, &team[1..4]).await;
    let mut admin = office.admin();
    for (queue_id, expected) in [(String::new(), 5), (queue.to_string(), 3)] {
        let mut request = ListPeopleRequest {
            page_size: 2,
            page_token: String::new(),
            queue_id,
        };
        let mut seen = Vec::new();
        loop {
            let page = admin
                .list_people(request.clone())
                .await
                .unwrap()
                .into_inner();
            assert!(page.people.len() <= 2);
            seen.extend(page.people.into_iter().map(|person| person.person_id));
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        assert_eq!(seen.len(), expected);
        assert!(seen.is_sorted(), "{seen:?}");
    }
}

#[tokio::test]
async fn a_directory_that_is_away_stops_nobody() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    office.directory.stop();
    office.connect(anna).await;
    let call = office.call();
    call.connect(anna).await;
    assert_eq!(office.state_of(anna).await, State::OnACall);
}
