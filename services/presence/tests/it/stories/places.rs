//! Where a person's phones are in use, for the sharing guard.

use std::time::Duration;

use api::presence::v1::{HeartbeatRequest, TwoPlacesEvent};
use ids::DeviceId;
use live::{
    Partition,
    event::{Follower, Offset},
};
use prost::Message as _;
use tonic::Request;

use crate::office::{Office, Worker};

const OFFICE: &str = "192.0.2.17";
const NEXT_ROOM: &str = "192.0.2.99";
const OFFICE_V6: &str = "2001:db8:aa::17";
const HOME: &str = "198.51.100.44";

async fn beat(office: &Office, worker: Worker, device: DeviceId, address: &str, in_use: bool) {
    let mut request = Request::new(HeartbeatRequest {
        device_id: device.to_string(),
        in_use,
    });
    request
        .metadata_mut()
        .insert("x-forwarded-for", address.parse().unwrap());
    office.user(worker).heartbeat(request).await.unwrap();
}

async fn told(office: &Office) -> Vec<TwoPlacesEvent> {
    let from = [(Partition::of(office.account), Offset::START)];
    let mut follower = Follower::new(&office.live);
    let entries = follower.read(&from, 1000, Duration::from_millis(1)).await;
    let events = entries
        .unwrap()
        .into_iter()
        .map(|entry| entry.event.unwrap());
    events
        .filter(|event| event.kind == "strowger.presence.v1.TwoPlacesEvent")
        .map(|event| {
            let places = TwoPlacesEvent::decode(event.body).unwrap();
            assert_eq!(event.subject, places.person_id);
            places
        })
        .collect()
}

#[tokio::test]
async fn two_phones_in_use_in_two_places_are_told_once_with_truncated_networks() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let other = office.second_phone(anna).await;
    for _ in 0..3 {
        beat(&office, anna, anna.device, OFFICE, true).await;
        beat(&office, anna, other, HOME, true).await;
    }
    let told = told(&office).await;
    let [places] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!(places.person_id, anna.id.to_string());
    assert_eq!(places.networks, ["198.51.100.0/24", "192.0.2.0/24"]);
}

#[tokio::test]
async fn a_phone_on_a_desk_the_next_room_and_the_other_address_are_no_second_place() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let other = office.second_phone(anna).await;
    beat(&office, anna, anna.device, OFFICE, true).await;
    beat(&office, anna, other, HOME, false).await;
    beat(&office, anna, other, NEXT_ROOM, true).await;
    beat(&office, anna, other, OFFICE_V6, true).await;
    // A phone that is carried is one phone.
    beat(&office, anna, anna.device, HOME, true).await;
    assert_eq!(told(&office).await, []);
}

#[tokio::test]
async fn presence_forgets_places_after_a_minute() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    beat(&office, anna, anna.device, OFFICE, true).await;
    let keys = office.live.keys();
    let places = keys.key(
        Partition::of(office.account),
        format_args!("presence:places:{}", anna.id),
    );
    let left: i64 = office
        .live
        .command("PTTL")
        .key(&places)
        .run()
        .await
        .unwrap();
    assert!((1..=60_000).contains(&left), "{left}");
}
