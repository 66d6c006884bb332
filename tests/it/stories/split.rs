//! Three shifts share one sign-in, until they do not any more.

use std::time::Duration;

use api::{
    directory::v1::{ContinueSplitRequest, Split, SplitState, target::Kind},
    identity::v1::{GetUserRequest, UserState},
    reporting::v1::{ListAuditEventsRequest, ListCallRecordsRequest},
};
use company::{Company, Member};
use edge::Line;
use testkit::eventually;
use tonic::{Code, Status};

use crate::{
    office::{Office, SOON, answered_by, rung, wish_to_split},
    world::tell,
};

pub(crate) async fn go_on(company: &Company, split_id: &str) -> Result<Split, Status> {
    let request = ContinueSplitRequest {
        request_id: company::request_id(),
        split_id: split_id.to_owned(),
    };
    let mut splits = company.owner().desk().splits();
    let answer = splits.continue_split(request).await?;
    Ok(answer.into_inner())
}

/// Calls until exactly this phone rings: plans change within a second.
pub(crate) async fn rings_only(office: &Office<'_>, number: &str, member: &Member) -> Line {
    let what = format!("a call rings {} and nobody else", member.name());
    eventually(SOON, &what, async || {
        let mut line = office.call(number).await;
        let ring = line.ring().await.ok()?;
        let group = ring.via.starts_with("rgr_");
        // Whoever else rings, rings at the same time.
        while line.next(Duration::from_millis(200)).await.is_some() {}
        if group && rung(&line) == [member.user_id()] {
            assert!(line.answer(&ring).await.unwrap());
            line.connect().await.unwrap();
            return Some(line);
        }
        line.hang_up().await.unwrap();
        None
    })
    .await
}

#[test]
fn three_shifts_become_three_people_and_the_number_rings_whoever_is_there() {
    tell(async |world| {
        let office = Office::found(world, "Three Shifts").await;
        let company = &office.company;
        let [shared] = office.at_work(["Desk"]).await;
        let number = office
            .number(Kind::ExtensionId(shared.extension_id().to_owned()))
            .await;
        let mut line = office.call(&number).await;
        answered_by(&mut line, &shared).await;
        line.hang_up().await.unwrap();
        let history = office.record(line.call_id()).await;
        assert_eq!(history.person_id, shared.user_id());

        // Before anybody has accepted, whoever is at the shared phone has the calls.
        let wish = wish_to_split(company, &shared).await;
        let answer = company.owner().desk().splits().split_identity(wish).await;
        let split = answer.unwrap().into_inner();
        assert_eq!(split.state(), SplitState::Waiting);
        let mut line = rings_only(&office, &number, &shared).await;
        line.hang_up().await.unwrap();

        let mut people = Vec::new();
        for person in &split.people {
            let token = &person.invitation_token;
            people.push(company.welcome(token, &person.extension_id).await.unwrap());
        }
        let done = go_on(company, &split.split_id).await.unwrap();
        assert_eq!(done.state(), SplitState::Done);

        // Of the three, the one whose phone is on has the next call.
        people[1].start_work().await.unwrap();
        let mut line = rings_only(&office, &number, &people[1]).await;
        line.hang_up().await.unwrap();
        let record = office.record(line.call_id()).await;
        assert_eq!(record.person_id, people[1].user_id());

        // The shared identity has gone, and its history has not.
        let request = GetUserRequest {
            user_id: shared.user_id().to_owned(),
        };
        let left = company.owner().desk().users().get_user(request).await;
        assert_eq!(left.unwrap().get_ref().state(), UserState::Deactivated);
        let again = Member::sign_in(
            world.platform.anonymous(),
            shared.email(),
            "seventeen green kettles",
        );
        let refused = again.await.unwrap_err();
        assert_eq!(refused.status().unwrap().code(), Code::Unauthenticated);
        let request = ListCallRecordsRequest {
            person_id: shared.user_id().to_owned(),
            ..ListCallRecordsRequest::default()
        };
        let records = company.owner().desk().records();
        let records = records.clone().list_call_records(request).await.unwrap();
        let mut calls = records.get_ref().call_records.iter();
        assert!(calls.any(|record| record.call_id == history.call_id));

        let trail = eventually(SOON, "the split is in the trail", async || {
            let request = ListAuditEventsRequest {
                subject_id: split.split_id.clone(),
                ..ListAuditEventsRequest::default()
            };
            let mut audit = company.owner().desk().audit();
            let trail = audit.list_audit_events(request).await.ok()?.into_inner();
            (trail.audit_events.first()?.action == "split.finished").then_some(trail.audit_events)
        })
        .await;
        assert_eq!(trail.len(), 7, "{trail:#?}");
        assert!(
            trail
                .iter()
                .all(|event| event.actor_id == company.owner().user_id())
        );
    });
}
