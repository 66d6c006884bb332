//! Splitting a shared identity, as the owner of a company does it.

use std::time::Duration;

use api::directory::v1::{
    ContinueSplitRequest, NewPerson, PlanSplitRequest, RingStrategy, Split, SplitIdentityRequest,
    SplitPlan, Successor, successor,
};
use company::{Company, Member};
use edge::Line;
use testkit::eventually;
use tonic::Status;

use crate::office::{Office, SOON, rung};

/// Three people and a ring group instead of `shared`: what would come of it, and the request that
/// makes it so.
pub(crate) async fn planned(
    company: &Company,
    shared: &Member,
) -> (SplitPlan, SplitIdentityRequest) {
    let person = |name: &str| NewPerson {
        first_name: name.to_owned(),
        last_name: "Shift".to_owned(),
        email: format!("{name}.{}", shared.email()).to_lowercase(),
        ..NewPerson::default()
    };
    let people = ["Early", "Late", "Night"].map(person).to_vec();
    let successor = Some(Successor {
        display_name: "Front Desk".to_owned(),
        kind: Some(successor::Kind::RingGroup(
            RingStrategy::Simultaneous.into(),
        )),
    });
    let request = PlanSplitRequest {
        person_id: shared.user_id().to_owned(),
        people: people.clone(),
        successor: successor.clone(),
    };
    let plan = company.owner().desk().splits().plan_split(request).await;
    let plan = plan.unwrap().into_inner();
    assert_eq!(plan.conflicts, []);
    assert_eq!(plan.people.len(), 3);
    let wish = SplitIdentityRequest {
        request_id: company::request_id(),
        person_id: plan.person_id.clone(),
        people,
        successor,
        etag: plan.etag.clone(),
    };
    (plan, wish)
}

/// The request alone.
pub(crate) async fn wish_to_split(company: &Company, shared: &Member) -> SplitIdentityRequest {
    planned(company, shared).await.1
}

/// Takes a split as far as it goes.
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
