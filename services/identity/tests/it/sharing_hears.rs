//! What the guard hears from presence and routing, exactly once.

use std::time::Duration;

use api::{
    identity::v1::{GetSharingFindingRequest, SharingFinding, SharingSignalKind},
    presence::v1::TwoPlacesEvent,
    routing::v1::{CallEvent, CallSecondPickUp, call_event::Change},
};
use chrono::{DateTime, TimeDelta, Utc};
use ids::{AccountId, EventId, UserId};
use live::{Partition, event::Envelope};
use prost::Message as _;
use testkit::eventually;

use crate::world::{Member, World};

/// A lease that was not given back lasts for some seconds.
const SOON: Duration = Duration::from_secs(40);

fn envelope(account: &str, user: &str, kind: &str, at: DateTime<Utc>, body: Vec<u8>) -> Envelope {
    Envelope {
        id: EventId::generate(),
        account: account.parse().unwrap(),
        subject: user.to_owned(),
        seq: 1,
        at,
        actor: String::new(),
        kind: kind.to_owned(),
        traceparent: String::new(),
        body: body.into(),
    }
}

fn two_places(account: &str, user: &str, at: DateTime<Utc>) -> Envelope {
    let networks = [
        "192.0.2.0/24",
        "198.51.100.0/24",
        "203.0.113.7/32",
        "nonsense",
    ];
    let body = TwoPlacesEvent {
        person_id: user.to_owned(),
        networks: networks.map(str::to_owned).to_vec(),
    };
    let kind = "strowger.presence.v1.TwoPlacesEvent";
    envelope(account, user, kind, at, body.encode_to_vec())
}

fn second_pick_up(account: &str, user: &str, at: DateTime<Utc>) -> Envelope {
    let change = Change::SecondPickUp(CallSecondPickUp {
        leg_id: String::new(),
        person_id: user.to_owned(),
    });
    let body = CallEvent {
        call_id: String::new(),
        change: Some(change),
    };
    let kind = "strowger.routing.v1.CallEvent";
    envelope(account, user, kind, at, body.encode_to_vec())
}

async fn tell(world: &World, events: &[Envelope]) {
    live::event::append(&world.live, "test", events)
        .await
        .unwrap();
}

async fn finding(owner: &Member, user_id: &str) -> Option<SharingFinding> {
    let request = GetSharingFindingRequest {
        user_id: user_id.to_owned(),
    };
    let answer = owner.me.sharing().get_sharing_finding(request).await;
    answer.ok().map(tonic::Response::into_inner)
}

fn heard(finding: &SharingFinding) -> u32 {
    finding.reasons.iter().map(|reason| reason.signals).sum()
}

#[tokio::test]
async fn presence_and_routing_are_heard_and_nonsense_passes() {
    let world = World::start().await;
    let owner = world.company().await;
    let shared = world.hire(&owner, &[]).await;
    let (account, user) = (owner.account.as_str(), shared.user.user_id.as_str());
    let now = world.hands.now();
    let stranger = UserId::generate().to_string();
    let nowhere = AccountId::generate().to_string();
    let broken = Envelope {
        body: vec![0xff; 9].into(),
        ..two_places(account, user, now)
    };
    tell(
        &world,
        &[
            broken,
            two_places(account, &stranger, now),
            two_places(&nowhere, user, now),
            second_pick_up(account, user, now - TimeDelta::days(91)),
            second_pick_up(account, user, now + TimeDelta::hours(1)),
            second_pick_up(account, "", now),
            two_places(account, user, now),
            second_pick_up(account, user, now),
        ],
    )
    .await;
    let found = eventually(SOON, "both are heard", async || {
        finding(&owner, user)
            .await
            .filter(|found| heard(found) >= 2)
    })
    .await;
    assert_eq!(heard(&found), 2, "{found:#?}");
    let [call, places] = found.reasons.as_slice() else {
        panic!("{found:#?}")
    };
    assert_eq!(call.kind(), SharingSignalKind::SecondCall);
    assert_eq!(places.kind(), SharingSignalKind::TwoPlaces);
    assert_eq!(places.networks, ["192.0.2.0/24", "198.51.100.0/24"]);
    assert!(finding(&owner, &stranger).await.is_none());

    // Reporting is told how far we are, and keeps what we have not heard.
    let partition = Partition::of(account.parse().unwrap());
    eventually(SOON, "nothing is kept for us that we heard", async || {
        let followers = live::event::registered(&world.live, partition).await;
        let heard = followers.unwrap().remove("identity")?.ok()?;
        (heard > live::event::Offset::START).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_come_and_go_hear_everything_once() {
    const ROUNDS: u32 = 6;
    const EVENTS: u32 = 40;
    let world = World::start().await;
    let owner = world.company().await;
    let shared = world.hire(&owner, &[]).await;
    let (account, user) = (owner.account.as_str(), shared.user.user_id.as_str());
    for round in 1..=ROUNDS {
        let replica = world.replica().await;
        for _ in 0..EVENTS / 4 {
            let events: Vec<_> = (0..4)
                .map(|_| two_places(account, user, world.hands.now()))
                .collect();
            tell(&world, &events).await;
        }
        // In the middle of whatever it was doing.
        if round % 2 == 0 {
            replica.shutdown().await.ok();
        } else {
            drop(replica);
        }
    }
    let all = ROUNDS * EVENTS;
    let found = eventually(SOON, "everything is heard", async || {
        finding(&owner, user)
            .await
            .filter(|found| heard(found) >= all)
    })
    .await;
    assert_eq!(heard(&found), all, "and nothing twice");
}
