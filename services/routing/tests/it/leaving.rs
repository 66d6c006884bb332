//! Somebody is suspended, or their company is, while calls are under way.

use std::{sync::Arc, time::Duration};

use api::{
    directory::v1::{Absence, AbsenceState, Plan},
    routing::v1::{CallOutcome, CallState},
};
use ids::UserId;
use tokio::time::Instant;

use crate::{
    company::{ANNA, CALLER, Company, SALES, SUPPORT},
    town::Town,
};

/// A plan of a second ago and one look at a ringing call later.
const PROMISED: Duration = Duration::from_secs(5);

fn suspend(plan: &mut Plan, person: UserId) {
    plan.absences.push(Absence {
        person_id: person.to_string(),
        state: AbsenceState::Suspended.into(),
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_suspended_stops_ringing_and_somebody_else_rings() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let edge = town.edge(&replica).await;
    let mut line = edge.dial(CALLER, SUPPORT).await.unwrap();
    let first = line.ring().await.unwrap();
    let suspended: UserId = first.person_id.parse().unwrap();

    let since = Instant::now();
    town.directory.change(|plan| suspend(plan, suspended));
    assert_eq!(line.stop_ringing().await.unwrap().leg_id, first.leg_id);
    let second = line.ring().await.unwrap();
    assert_ne!(second.person_id, first.person_id);
    assert!(since.elapsed() < PROMISED, "after {:?}", since.elapsed());
    assert!(
        !line.answer(&first).await.unwrap(),
        "it is not hers any more"
    );
    assert!(line.answer(&second).await.unwrap());
    town.until_free(suspended).await;
    line.hang_up().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_dies_with_the_news_in_hand_is_stood_in_for() {
    let town = Arc::new(Town::of(Company::new()).await);
    let first = town.replica_apart().await;
    let edge = town.edge(&first).await;
    let mut line = edge.dial(CALLER, SALES).await.unwrap();
    let rings = [line.ring().await.unwrap(), line.ring().await.unwrap()];
    let anna = town.company.anna.to_string();
    let hers = rings.iter().find(|ring| ring.person_id == anna).unwrap();
    town.directory
        .change(|plan| suspend(plan, town.company.anna));
    first.crash();

    let second = town.replica().await;
    let since = Instant::now();
    let gone = testkit::eventually(Duration::from_secs(20), "her phone is silent", async || {
        let call = town.call(&second, line.call_id()).await;
        let leg = call.legs.into_iter().find(|leg| leg.leg_id == hers.leg_id);
        leg.is_none_or(|leg| leg.end_time.is_some())
            .then_some(call.state)
    })
    .await;
    assert_eq!(gone, i32::from(CallState::Ringing), "it rings on at Ben's");
    println!("another replica withdrew it after {:?}", since.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_persons_number_leads_to_their_voicemail() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let edge = town.edge(&replica).await;
    let mut ringing = edge.dial(CALLER, ANNA).await.unwrap();
    ringing.ring().await.unwrap();
    let since = Instant::now();
    town.directory
        .change(|plan| suspend(plan, town.company.anna));
    ringing.voicemail().await.unwrap();
    assert!(since.elapsed() < PROMISED, "after {:?}", since.elapsed());
    let mut new = edge.dial(CALLER, ANNA).await.unwrap();
    new.voicemail().await.unwrap();
    assert!(new.past().len() <= 1, "nothing rang: {:?}", new.past());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_company_finishes_its_calls_and_takes_no_new_ones() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let edge = town.edge(&replica).await;
    let mut talk = edge.dial(CALLER, SUPPORT).await.unwrap();
    let ring = talk.ring().await.unwrap();
    assert!(talk.answer(&ring).await.unwrap());
    talk.connect().await.unwrap();

    town.directory.change(|plan| plan.suspended = true);
    let mut refused = testkit::eventually(PROMISED, "new callers hear why", async || {
        let line = edge.dial(CALLER, ANNA).await.unwrap();
        let mut line = line.with_patience(Duration::from_millis(300));
        let heard = line.play().await;
        heard.ok().filter(|play| play.prompt == "cannot-connect")?;
        Some(line)
    })
    .await;
    refused.played().await.unwrap();
    let call = town
        .until(&replica, refused.call_id(), CallState::Ended)
        .await;
    assert_eq!(call.outcome(), CallOutcome::Rejected);
    let call = town.call(&replica, talk.call_id()).await;
    assert_eq!(call.state(), CallState::Connected);
    talk.hang_up().await.unwrap();

    town.directory.change(|plan| plan.suspended = false);
    testkit::eventually(PROMISED, "calls are taken again", async || {
        let line = edge.dial(CALLER, ANNA).await.unwrap();
        let mut line = line.with_patience(Duration::from_millis(300));
        let ring = line.ring().await.ok();
        line.hang_up().await.unwrap();
        ring
    })
    .await;
}
