//! What people choose, and what becomes of it.

use std::time::Duration;

use access::Role;
use api::presence::v1::presence_service_client::PresenceServiceClient;
use api::presence::v1::{
    ForceModeRequest, GetPersonRequest, Mode, ModeSource, OfferKind, OfferOutcome,
    QueueNextModeRequest, SetModeRequest, State,
};
use tonic::Code;

use crate::{
    floor::{reason, seconds},
    office::{Office, Worker, fresh_name},
};

async fn later(office: &Office, worker: Worker, mode: Mode) -> api::presence::v1::Person {
    let request = QueueNextModeRequest {
        request_id: fresh_name(),
        mode: mode.into(),
    };
    office
        .user(worker)
        .queue_next_mode(request)
        .await
        .unwrap()
        .into_inner()
}

#[tokio::test]
async fn busy_lets_direct_calls_through_and_nothing_else() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    assert_eq!(office.choose(anna, Mode::Busy).await.state(), State::Busy);
    let call = office.call();
    let queue_call = &call.offer(OfferKind::Exclusive, &[anna]).await[0];
    assert_eq!(queue_call.outcome(), OfferOutcome::Busy);
    let direct = &call.offer(OfferKind::Shared, &[anna]).await[0];
    assert_eq!(direct.outcome(), OfferOutcome::Placed);
}

#[tokio::test]
async fn away_lets_no_call_through() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let modes = [
        (Mode::Away, State::Away),
        (Mode::DoNotDisturb, State::DoNotDisturb),
        (Mode::Lunch, State::Away),
        (Mode::BusinessTrip, State::Away),
        (Mode::OffWork, State::OffWork),
    ];
    for (mode, state) in modes {
        let seen = office.choose(anna, mode).await;
        assert_eq!(
            (seen.mode(), seen.state(), seen.mode_source()),
            (mode, state, ModeSource::Person)
        );
        for kind in [OfferKind::Exclusive, OfferKind::Shared] {
            let result = &office.call().offer(kind, &[anna]).await[0];
            assert_eq!(result.outcome(), OfferOutcome::Away, "{mode:?}");
        }
    }
}

#[tokio::test]
async fn a_mode_with_an_end_ends() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let until = prost_types::Timestamp::from(
        std::time::SystemTime::UNIX_EPOCH + now() + Duration::from_secs(1),
    );
    let request = SetModeRequest {
        request_id: fresh_name(),
        mode: Mode::Lunch.into(),
        until: Some(until),
        note: "soup".into(),
    };
    let seen = office
        .user(anna)
        .set_mode(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (seen.state(), seen.mode_note.as_str()),
        (State::Away, "soup")
    );
    office
        .becomes(anna, State::Available, Duration::from_millis(2_500))
        .await;
    let seen = office.look_at(anna).await;
    assert_eq!(
        (seen.mode_source(), seen.mode_until, seen.mode_note.as_str()),
        (ModeSource::System, None, "")
    );
}

#[tokio::test]
async fn away_after_this_call() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let call = office.call();
    let token = call.connect(anna).await;
    let seen = later(&office, anna, Mode::Away).await;
    assert_eq!(
        (seen.state(), seen.mode(), seen.next_mode()),
        (State::OnACall, Mode::Available, Mode::Away)
    );
    call.release(anna, token, Some(seconds(60))).await;
    assert_eq!(office.state_of(anna).await, State::WrapUp);
    let seen = office.end_wrap_up(anna).await;
    assert_eq!(
        (seen.state(), seen.mode(), seen.next_mode()),
        (State::Away, Mode::Away, Mode::Unspecified)
    );
    // With no call to wait for, at once.
    assert_eq!(
        later(&office, anna, Mode::Available).await.state(),
        State::Available
    );
}

#[tokio::test]
async fn a_wish_can_be_taken_back() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let call = office.call();
    let token = call.connect(anna).await;
    later(&office, anna, Mode::Away).await;
    assert_eq!(
        later(&office, anna, Mode::Unspecified).await.next_mode(),
        Mode::Unspecified
    );
    call.release(anna, token, None).await;
    assert_eq!(office.state_of(anna).await, State::Available);
}

#[tokio::test]
async fn an_admin_may_force_a_mode_and_a_colleague_may_not() {
    let mut office = Office::open().await;
    let team = office.hire(2).await;
    let request = ForceModeRequest {
        request_id: fresh_name(),
        person_id: team[0].id.to_string(),
        mode: Mode::OffWork.into(),
        until: None,
        note: "went home".into(),
    };
    let seen = office
        .admin()
        .force_mode(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (seen.state(), seen.mode_source()),
        (State::OffWork, ModeSource::Admin)
    );
    let status = office
        .user(team[1])
        .force_mode(request.clone())
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);

    // An admin of another company finds nobody.
    let foreign = office
        .callers
        .person(ids::AccountId::generate())
        .with_roles(&[Role::Admin]);
    let mut foreign = PresenceServiceClient::new(office.peer(&foreign.token()));
    let status = foreign.force_mode(request).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}

#[tokio::test]
async fn a_plain_user_sees_only_themselves() {
    let mut office = Office::open().await;
    let team = office.hire(2).await;
    let look = |worker: Worker| GetPersonRequest {
        person_id: worker.id.to_string(),
    };
    let mut anna = office.user(team[0]);
    anna.get_person(look(team[0])).await.unwrap();
    let hidden = anna.get_person(look(team[1])).await.unwrap_err();
    assert_eq!(
        (hidden.code(), reason(&hidden)),
        (Code::NotFound, "PERSON_UNKNOWN".to_owned())
    );
    let listed = anna
        .list_people(api::presence::v1::ListPeopleRequest::default())
        .await;
    let listed = listed.unwrap().into_inner().people;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].person_id, team[0].id.to_string());
}

/// Since 1970, by the machine's clock.
fn now() -> Duration {
    let now = clock::Clock::system().now();
    Duration::from_millis(now.timestamp_millis().unsigned_abs())
}
