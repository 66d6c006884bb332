//! Three shifts share extension 101: the guard finds out, and they become three people while
//! their number rings on.

use std::{cell::Cell, collections::BTreeSet};

use api::{
    directory::v1::{
        Device, DeviceKind, Extension, GetExtensionRequest, ListRingGroupsRequest, Split,
        SplitState, UpdateExtensionRequest, target::Kind,
    },
    identity::v1::{
        GetUserRequest, ListSharingFindingsRequest, SharingFinding, SharingSignalKind,
        SignInRequest, UserState,
    },
    presence::v1::{GetPersonRequest, HeartbeatRequest, Mode, State},
    reporting::v1::{AuditEvent, ListAuditEventsRequest, ListCallRecordsRequest},
};
use company::{Company, Member, PASSWORD};
use prost_types::FieldMask;
use testkit::eventually;
use tonic::{Code, Request};

use crate::{
    office::{Office, SOON, answered_by},
    split::{go_on, planned, rings_only},
    world::{World, tell},
};

const EARLY_SHIFT: &str = "192.0.2.10";
const LATE_SHIFT: &str = "198.51.100.20";
const NIGHT_SHIFT: &str = "203.0.113.30";
/// Where everybody is who does not say.
const HERE: &str = "127.0.0.9";

/// What a back end sends that speaks for somebody elsewhere.
fn from<T>(address: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request
        .metadata_mut()
        .insert("x-forwarded-for", address.parse().unwrap());
    request
}

async fn sign_in(world: &World, member: &Member, address: &str) {
    let request = SignInRequest {
        email: member.email().to_owned(),
        password: PASSWORD.to_owned(),
        client_label: "shared".to_owned(),
        ..SignInRequest::default()
    };
    let mut auth = world.platform.anonymous().auth();
    auth.sign_in(from(address, request)).await.unwrap();
}

async fn extension_of(company: &Company, member: &Member) -> Extension {
    let request = GetExtensionRequest {
        extension_id: member.extension_id().to_owned(),
    };
    let extensions = company.owner().desk().extensions();
    let extension = extensions.clone().get_extension(request).await;
    extension.unwrap().into_inner()
}

/// A second phone on somebody's extension; its id.
async fn second_phone(company: &Company, member: &Member) -> String {
    let extension = extension_of(company, member).await;
    let phone = Device {
        kind: DeviceKind::DeskPhone.into(),
        label: "the other room".to_owned(),
        ..Device::default()
    };
    let devices = [extension.devices.clone(), vec![phone]].concat();
    let request = UpdateExtensionRequest {
        request_id: company::request_id(),
        extension: Some(Extension {
            devices,
            ..extension
        }),
        update_mask: Some(FieldMask {
            paths: vec!["devices".to_owned()],
        }),
    };
    let mut extensions = company.owner().desk().extensions();
    let updated = extensions.update_extension(request).await.unwrap();
    let mut devices = updated.into_inner().devices;
    devices.pop().unwrap().device_id
}

/// Somebody uses a phone of `member` there. The first time may be before presence has heard of
/// the phone.
async fn use_phone(member: &Member, device_id: &str, address: &str) {
    let presence = member.desk().presence();
    eventually(SOON, "presence knows the phone", async || {
        let request = HeartbeatRequest {
            device_id: device_id.to_owned(),
            in_use: true,
        };
        let beat = presence.clone().heartbeat(from(address, request)).await;
        beat.ok().map(drop)
    })
    .await;
}

/// Two calls ring the phones of `shared`, and both are picked up.
async fn pick_up_twice(office: &Office<'_>, group: &str, shared: &Member) {
    let mut lines = [office.call(group).await, office.call(group).await];
    let mut rings = Vec::new();
    for line in &mut lines {
        let both = [line.ring().await.unwrap(), line.ring().await.unwrap()];
        let ring = both
            .into_iter()
            .find(|ring| ring.person_id == shared.user_id());
        rings.push(ring.unwrap());
    }
    assert!(lines[0].answer(&rings[0]).await.unwrap());
    assert!(!lines[1].answer(&rings[1]).await.unwrap(), "one has a call");
    for line in &mut lines {
        line.hang_up().await.unwrap();
    }
}

/// The one finding of the company, once all three services have told of somebody.
async fn found_out(company: &Company) -> SharingFinding {
    let every = BTreeSet::from([
        SharingSignalKind::ParallelSessions,
        SharingSignalKind::TwoPlaces,
        SharingSignalKind::SecondCall,
    ]);
    let sharing = company.owner().desk().sharing();
    eventually(SOON, "the guard has heard everything", async || {
        let request = ListSharingFindingsRequest::default();
        let answer = sharing.clone().list_sharing_findings(request).await;
        let findings = answer.unwrap().into_inner().findings;
        assert!(findings.len() <= 1, "{findings:#?}");
        let finding = findings.into_iter().next()?;
        let kinds: BTreeSet<_> = finding.reasons.iter().map(|reason| reason.kind()).collect();
        (kinds == every).then_some(finding)
    })
    .await
}

fn networks(finding: &SharingFinding, kind: SharingSignalKind) -> BTreeSet<&str> {
    let mut reasons = finding.reasons.iter();
    let reason = reasons.find(|reason| reason.kind() == kind).unwrap();
    reason.networks.iter().map(String::as_str).collect()
}

/// Waits until nobody calls this person any more, who may have left.
async fn is_free(company: &Company, person_id: &str) {
    let presence = company.owner().desk().presence();
    eventually(SOON, "the phone is free again", async || {
        let request = GetPersonRequest {
            person_id: person_id.to_owned(),
        };
        match presence.clone().get_person(request).await {
            Ok(seen) => {
                let calls = [State::Ringing, State::OnACall];
                (!calls.contains(&seen.get_ref().state())).then_some(())
            }
            Err(status) => (status.code() == Code::NotFound).then_some(()),
        }
    })
    .await;
}

/// Customers call one after the other until it is over, `first` whoever is rung at the beginning;
/// who was rung, call by call. None of them is left without a phone that rings.
async fn keep_calling(
    office: &Office<'_>,
    number: &str,
    first: &Member,
    over: &Cell<bool>,
) -> Vec<String> {
    let mut rung = Vec::new();
    is_free(&office.company, first.user_id()).await;
    while !over.get() {
        let mut line = office.call(number).await;
        let ring = line.ring().await.unwrap();
        line.hang_up().await.unwrap();
        // Whoever calls while the phone rings for somebody else finds it busy.
        is_free(&office.company, &ring.person_id).await;
        rung.push(ring.person_id);
    }
    rung
}

/// Everything in the trail that names the split, once there is as much as is expected of each.
async fn trail(company: &Company, split_id: &str, expected: &[(&str, usize)]) -> Vec<AuditEvent> {
    let mut audit = company.owner().desk().audit();
    eventually(SOON, "the whole split is in the trail", async || {
        let request = ListAuditEventsRequest {
            page_size: 1000,
            ..ListAuditEventsRequest::default()
        };
        let answer = audit.list_audit_events(request).await.ok()?.into_inner();
        let mut events = answer.audit_events;
        events.retain(|event| {
            let mut changes = event.changes.iter();
            let is_named = |after: &str| after == split_id;
            is_named(&event.subject_id)
                || changes.any(|change| change.field == "split_id" && is_named(&change.after))
        });
        let count = |action: &str| events.iter().filter(|it| it.action == action).count();
        let complete = expected.iter().all(|(action, all)| count(action) == *all);
        complete.then_some(events)
    })
    .await
}

fn about<'a>(trail: &'a [AuditEvent], action: &str) -> BTreeSet<&'a str> {
    let of_action = trail.iter().filter(|event| event.action == action);
    of_action.map(|event| event.subject_id.as_str()).collect()
}

/// The members of every ring group of the company, by its name.
async fn members_of(company: &Company, name: &str) -> BTreeSet<String> {
    let groups = company.owner().desk().ring_groups();
    let request = ListRingGroupsRequest::default();
    let groups = groups.clone().list_ring_groups(request).await.unwrap();
    let mut groups = groups.into_inner().ring_groups.into_iter();
    let group = groups.find(|group| group.display_name == name).unwrap();
    group.member_ids.into_iter().collect()
}

#[test]
fn three_shifts_on_extension_101_are_found_and_become_three_people() {
    tell(async |world| {
        let office = Office::found(world, "Three Shifts").await;
        let company = &office.company;
        let mut shared = company.hire_at("Reception", "Desk", 101).await.unwrap();
        shared.start_work().await.unwrap();
        let [ben] = office.at_work(["Ben"]).await;
        let number = office
            .number(Kind::ExtensionId(shared.extension_id().to_owned()))
            .await;
        let (_, group) = office.ring_group(&[&shared, &ben]).await;
        let mut line = office.call(&number).await;
        answered_by(&mut line, &shared).await;
        line.hang_up().await.unwrap();
        let history = office.record(line.call_id()).await;
        assert_eq!(history.person_id, shared.user_id());

        // Ben has a laptop and a phone in one place, and takes a call like everybody.
        sign_in(world, &ben, HERE).await;
        sign_in(world, &ben, HERE).await;
        use_phone(&ben, ben.device_id(), HERE).await;
        for shift in [EARLY_SHIFT, LATE_SHIFT, NIGHT_SHIFT] {
            sign_in(world, &shared, shift).await;
        }
        let other = second_phone(company, &shared).await;
        use_phone(&shared, shared.device_id(), EARLY_SHIFT).await;
        use_phone(&shared, &other, LATE_SHIFT).await;
        pick_up_twice(&office, &group, &shared).await;

        let finding = found_out(company).await;
        assert_eq!(finding.user_id, shared.user_id());
        assert!(finding.score >= 50, "{finding:#?}");
        assert!(finding.reasons.iter().all(|it| !it.explanation.is_empty()));
        let places = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"];
        let sessions = networks(&finding, SharingSignalKind::ParallelSessions);
        assert!(
            sessions.is_superset(&BTreeSet::from(places)),
            "{finding:#?}"
        );
        let phones = networks(&finding, SharingSignalKind::TwoPlaces);
        assert_eq!(phones, BTreeSet::from([places[0], places[1]]));

        // What would be done about it.
        let (plan, wish) = planned(company, &shared).await;
        assert_eq!(plan.short_number, "101");
        let people = plan.people.iter();
        let people: Vec<_> = people
            .map(|who| (who.display_name.as_str(), who.short_number.as_str()))
            .collect();
        let expected = [
            ("Early Shift", "102"),
            ("Late Shift", "103"),
            ("Night Shift", "104"),
        ];
        assert_eq!(people, expected);
        let references: BTreeSet<_> = plan
            .references
            .iter()
            .map(|it| (it.display_name.as_str(), it.fields.join(" ")))
            .collect();
        let expected = [
            (number.as_str(), "target".to_owned()),
            ("Sales", "member_ids[0]".to_owned()),
        ];
        assert_eq!(references, BTreeSet::from(expected));
        let seats = plan.seats.unwrap();
        assert_eq!((seats.needed, seats.freed), (3, 1));

        // It is done, and customers call all the while.
        let over = Cell::new(false);
        let doing = async {
            let answer = company.owner().desk().splits().split_identity(wish).await;
            let split: Split = answer.unwrap().into_inner();
            assert_eq!(split.state(), SplitState::Waiting);
            let mut people = Vec::new();
            for person in &split.people {
                let token = &person.invitation_token;
                people.push(company.welcome(token, &person.extension_id).await.unwrap());
            }
            people[1].start_work().await.unwrap();
            let done = go_on(company, &split.split_id).await.unwrap();
            assert_eq!(done.state(), SplitState::Done);
            over.set(true);
            (done, people)
        };
        let (rung, (split, mut people)) =
            tokio::join!(keep_calling(&office, &number, &shared, &over), doing);
        println!("{} customers called during the split", rung.len());
        let ids: BTreeSet<_> = people.iter().map(|it| it.user_id().to_owned()).collect();
        let known = |id: &String| id == shared.user_id() || id == people[1].user_id();
        assert!(rung.len() > 2 && rung.iter().all(known), "{rung:?}");
        assert_eq!(rung[0], shared.user_id());
        let all = ids.iter().cloned().chain([ben.user_id().to_owned()]);
        assert_eq!(members_of(company, "Sales").await, all.collect());
        assert_eq!(members_of(company, "Front Desk").await, ids);

        // Whoever is on shift has the next call, and hands over.
        let mut line = rings_only(&office, &number, &people[1]).await;
        line.hang_up().await.unwrap();
        let record = office.record(line.call_id()).await;
        assert_eq!(record.person_id, people[1].user_id());
        people[1].choose(Mode::OffWork).await.unwrap();
        people[2].start_work().await.unwrap();
        let mut line = rings_only(&office, &number, &people[2]).await;
        line.hang_up().await.unwrap();

        // The shared identity has gone, and its history has not.
        let request = GetUserRequest {
            user_id: shared.user_id().to_owned(),
        };
        let left = company.owner().desk().users().get_user(request).await;
        assert_eq!(left.unwrap().get_ref().state(), UserState::Deactivated);
        let again = Member::sign_in(world.platform.anonymous(), shared.email(), PASSWORD);
        let refused = again.await.unwrap_err();
        assert_eq!(refused.status().unwrap().code(), Code::Unauthenticated);
        let kept = extension_of(company, &shared).await;
        assert_eq!((kept.short_number.as_str(), kept.devices.len()), ("101", 0));
        let request = ListCallRecordsRequest {
            person_id: shared.user_id().to_owned(),
            ..ListCallRecordsRequest::default()
        };
        let records = company.owner().desk().records();
        let records = records.clone().list_call_records(request).await.unwrap();
        let mut calls = records.get_ref().call_records.iter();
        assert!(calls.any(|record| record.call_id == history.call_id));

        // One wish, one trail, whichever service did it.
        let expected = [
            ("split.started", 1),
            ("split.invited", 3),
            ("split.switched", 1),
            ("split.deactivated", 1),
            ("split.finished", 1),
            ("user.invited", 3),
            ("user.deactivated", 1),
            // The first sign-in and those of the shifts.
            ("session.ended", 4),
            ("extension.created", 3),
            ("ring_group.created", 1),
        ];
        let trail = trail(company, &split.split_id, &expected).await;
        println!("{} entries of the trail name the split", trail.len());
        let owner = company.owner().user_id();
        let strangers = trail.iter().filter(|event| event.actor_id != owner);
        assert_eq!(strangers.count(), 0, "{trail:#?}");
        let joined = ids.iter().map(String::as_str).collect();
        assert_eq!(about(&trail, "user.invited"), joined);
        let gone = BTreeSet::from([shared.user_id()]);
        assert_eq!(about(&trail, "user.deactivated"), gone);
    });
}
