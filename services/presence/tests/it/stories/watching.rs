//! Colleagues see each other: everybody as they are, then every change, across breaks.

use std::time::Duration;

use api::{
    directory::v1::{QueueStrategy, plan_service_client::PlanServiceClient},
    presence::v1::{
        Mode, OfferKind, State, WatchPeopleRequest, WatchPeopleResponse,
        presence_service_client::PresenceServiceClient,
    },
};
use presence::{
    app::{App, Hub, Settings, Sight},
    live::Store,
    peers::Plans,
};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Streaming};

use crate::{
    floor::reason,
    office::{Office, Worker},
};

async fn watch(office: &Office, resume_token: &str) -> Streaming<WatchPeopleResponse> {
    let request = WatchPeopleRequest {
        resume_token: resume_token.to_owned(),
    };
    office
        .admin()
        .watch_people(request)
        .await
        .unwrap()
        .into_inner()
}

async fn next(stream: &mut Streaming<WatchPeopleResponse>) -> WatchPeopleResponse {
    let message = tokio::time::timeout(Duration::from_secs(3), stream.message());
    message
        .await
        .expect("a message in time")
        .unwrap()
        .expect("not the end")
}

fn is(message: &WatchPeopleResponse, worker: Worker, state: State) -> bool {
    let person = message.person.as_ref().unwrap();
    person.person_id == worker.id.to_string() && person.state() == state
}

#[tokio::test]
async fn a_snapshot_then_every_change() {
    let mut office = Office::open().await;
    let team = office.hire(3).await;
    let mut stream = watch(&office, "").await;
    let mut snapshot = Vec::new();
    for _ in 0..3 {
        snapshot.push(next(&mut stream).await);
    }
    assert!(snapshot.iter().all(|message| message.snapshot));
    let tokens: Vec<_> = snapshot
        .iter()
        .map(|message| message.resume_token.is_empty())
        .collect();
    assert_eq!(
        tokens,
        [true, true, false],
        "half a snapshot cannot be resumed"
    );

    let call = office.call();
    let token = call.ring(OfferKind::Exclusive, team[1]).await;
    let ringing = next(&mut stream).await;
    assert!(is(&ringing, team[1], State::Ringing) && !ringing.snapshot);
    let before = snapshot
        .iter()
        .find(|message| is(message, team[1], State::Available))
        .unwrap();
    let version = |message: &WatchPeopleResponse| message.person.as_ref().unwrap().version;
    assert!(version(&ringing) > version(before));
    call.answer(team[1], token).await.unwrap();
    assert!(is(&next(&mut stream).await, team[1], State::OnACall));
}

#[tokio::test]
async fn a_break_leaves_no_gap() {
    let mut office = Office::open().await;
    let team = office.hire(2).await;
    let mut stream = watch(&office, "").await;
    next(&mut stream).await;
    let last = next(&mut stream).await;
    drop(stream);
    office.choose(team[0], Mode::Lunch).await;
    office.choose(team[0], Mode::Busy).await;

    let mut stream = watch(&office, &last.resume_token).await;
    let missed = next(&mut stream).await;
    assert!(is(&missed, team[0], State::Busy) && !missed.snapshot);
    office.choose(team[1], Mode::Away).await;
    assert!(is(&next(&mut stream).await, team[1], State::Away));
}

#[tokio::test]
async fn a_token_from_elsewhere_is_refused() {
    let mut office = Office::open().await;
    office.hire(1).await;
    let elsewhere = Office::open().await;
    let mut other = watch(&office, "").await;
    let foreign = next(&mut other).await.resume_token;
    for token in [foreign.as_str(), "nonsense", "AAAA"] {
        let request = WatchPeopleRequest {
            resume_token: token.to_owned(),
        };
        let status = elsewhere.admin().watch_people(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{token}");
    }
}

#[tokio::test]
async fn a_token_from_before_what_is_kept_starts_over() {
    let mut office = Office::open().await;
    let team = office.hire(1).await;
    let mut stream = watch(&office, "").await;
    let old = next(&mut stream).await.resume_token;
    office.choose(team[0], Mode::Lunch).await;
    let changed = next(&mut stream).await;
    assert!(is(&changed, team[0], State::Away));

    let partition = live::Partition::of(office.account);
    let through = "99999999999999-0".parse().unwrap();
    live::event::trim(&office.live, partition, through)
        .await
        .unwrap();
    let request = WatchPeopleRequest { resume_token: old };
    let status = office.admin().watch_people(request).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status)),
        (Code::OutOfRange, "RESUME_TOO_OLD".to_owned())
    );
}

#[tokio::test]
async fn a_plain_user_watches_only_themselves() {
    let mut office = Office::open().await;
    let team = office.hire(2).await;
    let request = WatchPeopleRequest::default();
    let mut stream = office
        .user(team[0])
        .watch_people(request)
        .await
        .unwrap()
        .into_inner();
    assert!(is(&next(&mut stream).await, team[0], State::Available));
    office.choose(team[1], Mode::Lunch).await;
    office.choose(team[0], Mode::Busy).await;
    assert!(is(&next(&mut stream).await, team[0], State::Busy));
}

/// Below the wire, where no buffer of HTTP/2 reads on behalf of the reader.
#[tokio::test]
async fn who_leaves_a_supervisors_sight_is_told_once() {
    let mut office = Office::open().await;
    let team = office.hire(2).await;
    let queue = office.queue(QueueStrategy::LongestIdle, &team).await;
    let supervisor = office.callers.person(office.account).supervising(&[queue]);
    let peer = office.peer(&supervisor.token());
    let request = WatchPeopleRequest::default();
    let stream = PresenceServiceClient::new(peer).watch_people(request).await;
    let mut stream = stream.unwrap().into_inner();
    for _ in 0..2 {
        let seen = next(&mut stream).await;
        assert!(seen.snapshot && seen.resume_token.is_empty(), "{seen:?}");
    }

    let left = team[0];
    office.plan.queues[0].members.remove(0);
    office.directory.publish(office.plan.clone());
    office.settled().await;
    office.choose(left, Mode::Busy).await;
    while !is(&next(&mut stream).await, left, State::Offline) {}
    office.choose(left, Mode::Away).await;
    office.choose(left, Mode::Busy).await;
    office.choose(team[1], Mode::Busy).await;
    let seen = next(&mut stream).await;
    let person = seen.person.unwrap().person_id;
    assert_eq!(person, team[1].id.to_string(), "of the other nothing more");
    assert_eq!(seen.resume_token, "");
}

#[tokio::test]
async fn a_slow_reader_is_told_to_resume() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let store = Store::new(office.live.clone(), Duration::from_secs(60));
    let hub = Hub::new(1);
    let directory = rpc::Peer::to(office.directory.uri(), None).unwrap();
    let plans = Plans::new(PlanServiceClient::new(directory), 10);
    let times = Settings {
        device_lease: Duration::from_secs(45),
        heartbeat: Duration::from_secs(15),
        opening: Duration::from_secs(30),
        plan_max_age: Duration::from_secs(300),
    };
    let app = App::new(
        store.clone(),
        plans,
        hub.clone(),
        clock::Clock::system(),
        times,
    );
    let drain = CancellationToken::new();
    let following = tokio::spawn(hub.run(store, drain.clone()));
    let mut reader = app
        .watch(office.account, Sight::Everybody, None)
        .await
        .unwrap();
    for count in 0..150 {
        office
            .choose(
                anna,
                if count % 2 == 0 {
                    Mode::Lunch
                } else {
                    Mode::Away
                },
            )
            .await;
    }
    let status = loop {
        match reader.recv().await.expect("not the end without a word") {
            Ok(seen) => assert!(seen.resume.is_some()),
            Err(error) => break tonic::Status::from(error),
        }
    };
    assert_eq!(
        (status.code(), reason(&status)),
        (Code::Aborted, "READER_TOO_SLOW".to_owned())
    );
    drain.cancel();
    following.await.unwrap();
}
