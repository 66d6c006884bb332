//! Identity says that people are suspended or have left; the phone system follows, once.

use std::time::Duration;

use api::{
    access::v1::{ChangeEvent, FieldChange},
    directory::v1::{
        AbsenceState, AssignNumberRequest, Extension, ListDeadEndsRequest, Number, Plan,
        target::Kind,
    },
};
use chrono::DateTime;
use ids::{AccountId, EventId, QueueId, UserId};
use live::{
    Partition,
    event::{self, Envelope, Follower, Offset},
};
use prost::Message as _;
use testkit::eventually;

use crate::world::{Company, World, menu, number, queue, request_id, ring_group, to};

const SOON: Duration = Duration::from_secs(10);
const ADMIN: &str = "usr_01h455vb4pex5vsknk084sn02q";

/// What identity would write.
fn said(account: AccountId, subject: &str, seq: u64, action: &str, heir: &str) -> Envelope {
    let heir = (!heir.is_empty()).then(|| FieldChange {
        field: "hand_over_to".to_owned(),
        before: String::new(),
        after: heir.to_owned(),
    });
    let change = ChangeEvent {
        action: action.to_owned(),
        subject_id: subject.to_owned(),
        changes: heir.into_iter().collect(),
        result: "OK".to_owned(),
        ..ChangeEvent::default()
    };
    Envelope {
        id: EventId::generate(),
        account,
        subject: subject.to_owned(),
        seq,
        at: DateTime::UNIX_EPOCH,
        actor: ADMIN.to_owned(),
        kind: "strowger.access.v1.ChangeEvent".to_owned(),
        traceparent: String::new(),
        body: change.encode_to_vec().into(),
    }
}

impl World {
    async fn hears(&self, events: &[Envelope]) {
        event::append(&self.live, "identity", events).await.unwrap();
    }

    /// The plan, as soon as it is like this.
    async fn plan_when(&self, company: &Company, what: &str, is: impl Fn(&Plan) -> bool) -> Plan {
        eventually(SOON, what, async || {
            self.plan(company.id).await.ok().filter(&is)
        })
        .await
    }

    /// What directory put on the record because of this event.
    async fn entailed(&self, cause: &Envelope) -> Vec<(String, String)> {
        let from = [(Partition::of(cause.account), Offset::START)];
        let mut follower = Follower::new(&self.live);
        let read = follower.read(&from, 1000, Duration::from_millis(1)).await;
        let changes = read.unwrap().into_iter().map(|entry| {
            let event = entry.event.unwrap();
            (ChangeEvent::decode(event.body).unwrap(), event.actor)
        });
        let cause = cause.id.to_string();
        let ours = changes.filter(|(change, _)| change.cause_id == cause);
        let mut entries: Vec<_> = ours
            .map(|(change, actor)| {
                assert_eq!(actor, ADMIN, "whoever asked identity");
                (change.action, change.result)
            })
            .collect();
        entries.sort();
        entries
    }
}

impl Company {
    /// A number that leads to a person.
    async fn direct(&self, world: &World, person: &Extension) -> Number {
        let number = number(&world.number());
        let number = self.admin.create_number(number).await.unwrap();
        let target = to(Kind::ExtensionId(person.extension_id.clone()));
        self.lead(&number, target).await
    }

    async fn lead(&self, number: &Number, target: Option<api::directory::v1::Target>) -> Number {
        let assign = AssignNumberRequest {
            request_id: request_id(),
            number_id: number.number_id.clone(),
            target,
            etag: number.etag.clone(),
        };
        let assigned = self.admin.numbers().assign_number(assign).await.unwrap();
        assigned.into_inner()
    }
}

fn absent(plan: &Plan) -> Vec<(String, AbsenceState)> {
    let absences = plan.absences.iter();
    absences
        .map(|absence| (absence.person_id.clone(), absence.state()))
        .collect()
}

fn target(plan: &Plan, number: &Number) -> Option<Kind> {
    let found = plan.numbers.iter().find(|one| one.e164 == number.e164);
    found.unwrap().target.clone().unwrap().kind
}

#[tokio::test]
async fn who_is_suspended_is_absent_and_everything_is_as_before_once_resumed() {
    let world = World::start().await;
    let company = world.company();
    let (anna, ben) = (company.colleague().await, company.colleague().await);
    let direct = company.direct(&world, &anna).await;
    company
        .admin
        .create_queue(queue(&[&anna, &ben]))
        .await
        .unwrap();
    let before = world.plan(company.id).await.unwrap();

    let suspended = said(company.id, &anna.person_id, 1, "user.suspended", "");
    world.hears(std::slice::from_ref(&suspended)).await;
    let away = world.plan_when(&company, "she is absent", |plan| !plan.absences.is_empty());
    let away = away.await;
    let she = (anna.person_id.clone(), AbsenceState::Suspended);
    assert_eq!(absent(&away), [she]);
    assert!(away.version > before.version);
    assert_eq!(away.queues, before.queues, "she keeps her place");
    assert_eq!(target(&away, &direct), target(&before, &direct));
    let entry = |action: &str| (action.to_owned(), "OK".to_owned());
    eventually(SOON, "the trail says so", async || {
        (world.entailed(&suspended).await == [entry("extension.suspended")]).then_some(())
    })
    .await;

    // Told again by a relay that lost its memory, and with an heir: she is suspended already.
    let again = said(
        company.id,
        &anna.person_id,
        1,
        "user.suspended",
        &ben.extension_id,
    );
    let resumed = said(company.id, &anna.person_id, 2, "user.resumed", "");
    world.hears(&[again, resumed.clone()]).await;
    let back = world.plan_when(&company, "she is back", |plan| plan.absences.is_empty());
    let back = back.await;
    assert_eq!(
        (&back.queues, &back.numbers),
        (&before.queues, &before.numbers)
    );
}

#[tokio::test]
async fn numbers_of_a_suspended_person_are_covered_for_and_come_back() {
    let world = World::start().await;
    let company = world.company();
    let (anna, ben) = (company.colleague().await, company.colleague().await);
    let (direct, other) = (
        company.direct(&world, &anna).await,
        company.direct(&world, &anna).await,
    );
    let heir = &ben.extension_id;
    let suspended = said(company.id, &anna.person_id, 1, "user.suspended", heir);
    world.hears(std::slice::from_ref(&suspended)).await;
    let away = world
        .plan_when(&company, "she is absent", |plan| !plan.absences.is_empty())
        .await;
    let to_ben = Some(Kind::ExtensionId(heir.clone()));
    for number in [&direct, &other] {
        assert_eq!(target(&away, number), to_ben);
    }
    // Somebody decides otherwise about one of them meanwhile: that stays.
    let now = away.numbers.iter().find(|one| one.e164 == other.e164);
    let prompt = Some(Kind::Announcement("moved".to_owned()));
    company
        .lead(now.unwrap(), to(prompt.clone().unwrap()))
        .await;
    let resumed = said(company.id, &anna.person_id, 2, "user.resumed", "");
    world.hears(&[resumed]).await;
    let back = world
        .plan_when(&company, "she is back", |plan| plan.absences.is_empty())
        .await;
    let to_anna = Some(Kind::ExtensionId(anna.extension_id.clone()));
    assert_eq!(target(&back, &direct), to_anna);
    assert_eq!(target(&back, &other), prompt);
}

#[tokio::test]
async fn who_has_left_is_in_nothing_and_their_number_is_handed_over() {
    let world = World::start().await;
    let replica = world.replica().await;
    let company = world.company();
    let (anna, ben) = (company.colleague().await, company.colleague().await);
    let direct = company.direct(&world, &anna).await;
    let line = queue(&[&anna, &ben]);
    let line = company.admin.create_queue(line).await.unwrap();
    let group = ring_group(&[&ben, &anna]);
    company.admin.create_ring_group(group).await.unwrap();

    let left = said(
        company.id,
        &anna.person_id,
        1,
        "user.deactivated",
        &line.queue_id,
    );
    // Twice, as different entries: two replicas that both follow make one effect of it.
    let mut again = left.clone();
    again.id = EventId::generate();
    world.hears(&[left.clone(), again]).await;
    let plan = world
        .plan_when(&company, "she has left", |plan| !plan.absences.is_empty())
        .await;
    assert_eq!(
        absent(&plan),
        [(anna.person_id.clone(), AbsenceState::Left)]
    );
    assert_eq!(
        target(&plan, &direct),
        Some(Kind::QueueId(line.queue_id.clone()))
    );
    let members: Vec<_> = plan.queues[0].members.iter().collect();
    assert_eq!(members.len(), 1);
    assert_eq!(members[0].person_id, ben.person_id);
    assert_eq!(
        plan.ring_groups[0].member_ids,
        std::slice::from_ref(&ben.person_id)
    );
    assert_eq!(plan.extensions.len(), 2, "nothing is deleted");
    let expected = [
        "extension.vacated",
        "number.handed_over",
        "queue.updated",
        "ring_group.updated",
    ]
    .map(|action| (action.to_owned(), "OK".to_owned()));
    eventually(SOON, "one chain in the trail", async || {
        (world.entailed(&left).await == expected).then_some(())
    })
    .await;
    replica.shutdown().await.unwrap();
}

#[tokio::test]
async fn numbers_that_cannot_be_handed_over_are_dead_ends_and_the_trail_says_why() {
    let world = World::start().await;
    let company = world.company();
    let (anna, ben) = (company.colleague().await, company.colleague().await);
    let direct = company.direct(&world, &anna).await;
    let nowhere = QueueId::generate().to_string();
    let left = said(company.id, &anna.person_id, 1, "user.deactivated", &nowhere);
    world.hears(std::slice::from_ref(&left)).await;
    let plan = world
        .plan_when(&company, "she has left", |plan| !plan.absences.is_empty())
        .await;
    assert_eq!(target(&plan, &direct), None);
    let refused = |why: &str| ("number.handed_over".to_owned(), why.to_owned());
    eventually(SOON, "the trail says why", async || {
        let entries = world.entailed(&left).await;
        let told = [refused("OK"), refused("TARGET_NOT_FOUND")];
        told.iter()
            .all(|entry| entries.contains(entry))
            .then_some(())
    })
    .await;
    let mut numbers = company.admin.numbers();
    let ends = numbers.list_dead_ends(ListDeadEndsRequest::default()).await;
    let ends = ends.unwrap().into_inner().dead_ends;
    assert!(ends.iter().any(|end| end.resource_id == direct.number_id));

    // The heir leads back to the number by itself: callers would go in a circle.
    let direct = company.direct(&world, &ben).await;
    let mut circle = menu();
    circle.timeout_target = to(Kind::ExternalNumber(direct.e164.clone()));
    let circle = company.admin.create_menu(circle).await.unwrap();
    let suspended = said(
        company.id,
        &ben.person_id,
        1,
        "user.suspended",
        &circle.menu_id,
    );
    world.hears(std::slice::from_ref(&suspended)).await;
    let plan = world
        .plan_when(&company, "he is absent", |plan| plan.absences.len() == 2)
        .await;
    assert_eq!(
        target(&plan, &direct),
        Some(Kind::ExtensionId(ben.extension_id.clone())),
        "suspended for a while only: it stays"
    );
    eventually(SOON, "the trail says why", async || {
        let entries = world.entailed(&suspended).await;
        entries.contains(&refused("ROUTING_LOOP")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_suspended_company_takes_no_calls() {
    let world = World::start().await;
    let company = world.company();
    company.colleague().await;
    let subject = company.id.to_string();
    for (seq, action, suspended) in [
        (1, "account.suspended", true),
        (2, "account.resumed", false),
    ] {
        world
            .hears(&[said(company.id, &subject, seq, action, "")])
            .await;
        world
            .plan_when(&company, action, |plan| plan.suspended == suspended)
            .await;
        // A change asks identity for the account's settings, which say nothing of this.
        company.colleague().await;
        let plan = world.plan(company.id).await.unwrap();
        assert_eq!(plan.suspended, suspended);
    }
}

#[tokio::test]
async fn other_companies_are_not_concerned() {
    let world = World::start().await;
    let (company, other) = (world.company(), world.company());
    let (anna, theirs) = (company.colleague().await, other.colleague().await);
    // Of somebody of another company, and of nobody: identity never says so, and it does no harm.
    let nobody = UserId::generate().to_string();
    world
        .hears(&[
            said(company.id, &theirs.person_id, 1, "user.suspended", ""),
            said(company.id, &nobody, 1, "user.deactivated", ""),
            said(AccountId::generate(), &nobody, 1, "user.suspended", ""),
            said(company.id, &anna.person_id, 1, "user.suspended", ""),
        ])
        .await;
    world
        .plan_when(&company, "she is absent", |plan| plan.absences.len() == 3)
        .await;
    let untouched = world.plan(other.id).await.unwrap();
    assert_eq!(untouched.absences, []);
}
