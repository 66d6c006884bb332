//! Devices come and go; calls stay.

use std::time::Duration;

use api::presence::v1::{HeartbeatRequest, OfferKind, OfferOutcome, State};
use ids::DeviceId;
use tonic::Code;

use crate::{floor::reason, office::Office};

/// A lease of one second, and the second in which its end must be noticed, and some for us.
const NOTICED: Duration = Duration::from_millis(2_500);

#[tokio::test]
async fn a_silent_device_is_gone_within_a_second() {
    let mut office = Office::open_with(|config| {
        config.presence.heartbeat_seconds = 1;
        config.presence.device_lease_seconds = 2;
    })
    .await;
    let anna = office.hire(1).await[0];
    assert_eq!(office.state_of(anna).await, State::Available);
    office
        .becomes(anna, State::Offline, Duration::from_millis(3_500))
        .await;
    let result = &office.call().offer(OfferKind::Shared, &[anna]).await[0];
    assert_eq!(result.outcome(), OfferOutcome::Offline);
    office.connect(anna).await;
    assert_eq!(office.state_of(anna).await, State::Available);
}

#[tokio::test]
async fn a_call_outlives_the_heartbeats() {
    let mut office = Office::open_with(|config| {
        config.presence.heartbeat_seconds = 1;
        config.presence.device_lease_seconds = 2;
    })
    .await;
    let anna = office.hire(1).await[0];
    let call = office.call();
    let token = call.connect(anna).await;
    testkit::eventually(NOTICED * 2, "the connection is lost", async || {
        office.look_at(anna).await.connection_lost.then_some(())
    })
    .await;
    let seen = office.look_at(anna).await;
    assert_eq!((seen.state(), seen.lock.is_some()), (State::OnACall, true));
    call.release(anna, token, None).await;
    assert_eq!(office.state_of(anna).await, State::Offline);
}

#[tokio::test]
async fn only_the_person_s_own_devices_count() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let request = HeartbeatRequest {
        device_id: DeviceId::generate().to_string(),
        ..HeartbeatRequest::default()
    };
    let status = office.user(anna).heartbeat(request).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::NotFound, "DEVICE_UNKNOWN")
    );
}

#[tokio::test]
async fn somebody_without_an_extension_is_nobody_here() {
    let office = Office::open().await;
    let stranger = crate::office::Worker {
        id: ids::UserId::generate(),
        device: DeviceId::generate(),
    };
    let request = HeartbeatRequest {
        device_id: stranger.device.to_string(),
        ..HeartbeatRequest::default()
    };
    let status = office.user(stranger).heartbeat(request).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::NotFound, "PERSON_UNKNOWN")
    );
    let call = office.call();
    let result = &call.offer(OfferKind::Shared, &[stranger]).await[0];
    assert_eq!(result.outcome(), OfferOutcome::Unknown);
}
