//! Somebody is suspended while something is dead: the effect comes when it is back, once.

use std::time::{Duration, Instant};

use api::{
    directory::v1::{Queue, QueueStrategy},
    identity::v1::SuspendUserRequest,
    presence::v1::{GetPersonRequest, State},
    reporting::v1::{AuditEvent, ListAuditEventsRequest},
};
use company::Member;
use mesh::Service;
use testkit::{Backends, Wire, eventually};

use crate::{
    office::{Office, answered_by},
    world::{OwnWorld, alone},
};

const RECOVERED: Duration = Duration::from_secs(30);

async fn suspend(office: &Office<'_>, member: &Member) {
    let request = SuspendUserRequest {
        request_id: company::request_id(),
        user_id: member.user_id().to_owned(),
        hand_over_to: String::new(),
    };
    eventually(RECOVERED, "identity suspends her", async || {
        let users = office.company.owner().desk().users();
        users.clone().suspend_user(request.clone()).await.ok()
    })
    .await;
}

async fn is_out(office: &Office<'_>, member: &Member, since: Instant) {
    let request = GetPersonRequest {
        person_id: member.user_id().to_owned(),
    };
    eventually(RECOVERED, "she is offline", async || {
        let presence = office.company.owner().desk().presence();
        let seen = presence.clone().get_person(request.clone()).await.ok()?;
        (seen.into_inner().state() == State::Offline).then_some(())
    })
    .await;
    println!("offline {:.2?} after all was well again", since.elapsed());
}

async fn told(office: &Office<'_>) -> Vec<AuditEvent> {
    let request = ListAuditEventsRequest {
        action_prefix: "extension.suspended".to_owned(),
        ..ListAuditEventsRequest::default()
    };
    eventually(RECOVERED, "directory's part is in the trail", async || {
        let audit = office.company.owner().desk().audit();
        let answer = audit
            .clone()
            .list_audit_events(request.clone())
            .await
            .ok()?;
        let events = answer.into_inner().audit_events;
        (!events.is_empty()).then_some(events)
    })
    .await
}

fn in_turn() -> Queue {
    Queue {
        strategy: QueueStrategy::Linear.into(),
        ..Queue::default()
    }
}

#[test]
fn directory_is_dead_while_somebody_is_suspended() {
    alone(async {
        let world = OwnWorld::start().await;
        let office = Office::found(&world, "Directory Dies").await;
        let [anna, ben] = office.at_work(["Anna", "Ben"]).await;
        let (_, support) = office.queue(&[&anna, &ben], in_turn()).await;
        let mut line = office.call(&support).await.with_patience(RECOVERED);
        let ring = line.ring().await.unwrap();
        assert_eq!(ring.person_id, anna.user_id());

        world.kill(Service::Directory).await;
        suspend(&office, &anna).await;
        world.restart(Service::Directory).await;
        let since = Instant::now();
        is_out(&office, &anna, since).await;
        assert_eq!(line.stop_ringing().await.unwrap().leg_id, ring.leg_id);
        answered_by(&mut line, &ben).await;
        line.hang_up().await.unwrap();
        assert_eq!(told(&office).await.len(), 1, "once");
    });
}

#[test]
fn redis_is_gone_while_somebody_is_suspended() {
    alone(async {
        let wire = Wire::to(&Backends::get().redis_url).await;
        let world = OwnWorld::with(|options| options.redis_url.clone_from(&wire.url)).await;
        let office = Office::found(&world, "Redis Away").await;
        let [anna, ben] = office.at_work(["Anna", "Ben"]).await;
        let (_, support) = office.queue(&[&anna, &ben], in_turn()).await;

        wire.cut();
        suspend(&office, &anna).await;
        wire.mend();
        let since = Instant::now();
        is_out(&office, &anna, since).await;
        let mut line = office.call(&support).await.with_patience(RECOVERED);
        answered_by(&mut line, &ben).await;
        line.hang_up().await.unwrap();
        assert_eq!(told(&office).await.len(), 1, "once");
    });
}
