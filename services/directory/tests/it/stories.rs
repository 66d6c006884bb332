//! A company sets up its phone system.

use api::{
    access::v1::ChangeEvent,
    directory::v1::{
        AssignNumberRequest, DeleteQueueRequest, ListDeadEndsRequest, ListExtensionsRequest, Menu,
        MenuKey, Number, Queue, QueueStrategy, RingStrategy, UnassignNumberRequest,
        UpdateQueueRequest, target::Kind,
    },
};
use live::{
    Partition,
    event::{Follower, Offset},
};
use prost::Message as _;
use prost_types::{Duration, FieldMask};
use std::time::Duration as Wait;
use testkit::eventually;
use tonic::Code;

use crate::world::{World, menu, metadata, number, queue, refusal, request_id, ring_group, to};

fn seconds(seconds: i64) -> Option<Duration> {
    Some(Duration { seconds, nanos: 0 })
}

#[tokio::test]
async fn a_company_of_two_with_every_kind_of_thing() {
    let world = World::start().await;
    let company = world.company();
    let (ada, bob) = (company.colleague().await, company.colleague().await);

    // Defaults are applied when a thing is written, and come back with it.
    assert_eq!(ada.ring_timeout, seconds(20));
    assert_eq!(
        ada.no_answer_target,
        to(Kind::VoicemailOf(ada.extension_id.clone()))
    );
    let support = company
        .admin
        .create_queue(queue(&[&ada, &bob]))
        .await
        .unwrap();
    assert_eq!(support.strategy(), QueueStrategy::LongestIdle);
    assert_eq!(
        (support.ring_timeout, support.wrap_up),
        (seconds(15), seconds(10))
    );
    assert_eq!((support.max_wait, support.max_misses), (seconds(0), 3));
    assert_eq!(support.service_level_threshold, seconds(20));
    assert_eq!(support.short_abandon_threshold, seconds(5));
    assert_eq!(
        support.empty_target,
        to(Kind::VoicemailOf(support.queue_id.clone()))
    );
    assert_eq!(support.members[1].tier, 1);
    let sales = company
        .admin
        .create_ring_group(ring_group(&[&bob]))
        .await
        .unwrap();
    assert_eq!(sales.strategy(), RingStrategy::Simultaneous);
    assert_eq!(
        sales.no_answer_target,
        to(Kind::VoicemailOf(sales.ring_group_id.clone()))
    );
    let reception = Menu {
        keys: vec![MenuKey {
            key: "1".to_owned(),
            label: "Support".to_owned(),
            target: to(Kind::QueueId(support.queue_id.clone())),
        }],
        ..menu()
    };
    let reception = company.admin.create_menu(reception).await.unwrap();
    assert_eq!((reception.attempts, reception.key_timeout), (3, seconds(5)));
    assert_eq!(reception.invalid_target, reception.timeout_target);

    // National numbers are read as in the company's country.
    let main = Number {
        target: to(Kind::MenuId(reception.menu_id.clone())),
        ..number("030 901820")
    };
    let main = company.admin.create_number(main).await.unwrap();
    assert_eq!(
        (main.e164.as_str(), main.country_code.as_str()),
        ("+4930901820", "DE")
    );

    let plan = world.plan(company.id).await.unwrap();
    assert_eq!(
        (plan.time_zone.as_str(), plan.country_code.as_str()),
        ("Europe/Berlin", "DE")
    );
    assert_eq!((plan.extensions.len(), plan.version), (2, 6));
    assert_eq!((&plan.queues[0], &plan.ring_groups[0]), (&support, &sales));
    assert_eq!((&plan.menus[0], &plan.numbers[0]), (&reception, &main));
}

#[tokio::test]
async fn a_number_moves_and_what_leads_nowhere_is_listed() {
    let world = World::start().await;
    let company = world.company();
    let ada = company.colleague().await;
    let numbers = company.admin.numbers();
    let free = company
        .admin
        .create_number(number(&world.number()))
        .await
        .unwrap();
    let empty = company.admin.create_queue(queue(&[])).await.unwrap();
    let silent = company.admin.create_menu(menu()).await.unwrap();
    let list = || async {
        let (mut all, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListDeadEndsRequest {
                page_size: 2,
                page_token,
            };
            let page = numbers.clone().list_dead_ends(request).await.unwrap();
            let page = page.into_inner();
            let ends = page.dead_ends.into_iter();
            all.extend(ends.map(|end| (end.resource_id, end.reason)));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return all;
            }
        }
    };
    let expected = [
        (silent.menu_id.as_str(), "NO_KEYS"),
        (free.number_id.as_str(), "UNASSIGNED"),
        (empty.queue_id.as_str(), "NO_MEMBERS"),
    ];
    let said: Vec<_> = list().await;
    assert_eq!(
        said,
        expected.map(|(id, reason)| (id.to_owned(), reason.to_owned()))
    );

    let assign = AssignNumberRequest {
        request_id: request_id(),
        number_id: free.number_id.clone(),
        target: to(Kind::ExtensionId(ada.extension_id.clone())),
        etag: free.etag.clone(),
    };
    let assigned = numbers
        .clone()
        .assign_number(assign)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(assigned.target, to(Kind::ExtensionId(ada.extension_id)));
    assert_eq!(list().await.len(), 2);

    let unassign = UnassignNumberRequest {
        request_id: request_id(),
        number_id: free.number_id,
        etag: assigned.etag,
    };
    let unassigned = numbers
        .clone()
        .unassign_number(unassign)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(unassigned.target.unwrap().kind, None);
    assert_eq!(list().await.len(), 3);
}

#[tokio::test]
async fn what_is_used_stays_until_it_is_not() {
    let world = World::start().await;
    let company = world.company();
    let ada = company.colleague().await;
    let support = company.admin.create_queue(queue(&[&ada])).await.unwrap();
    let overflow = Queue {
        too_long_target: to(Kind::QueueId(support.queue_id.clone())),
        ..queue(&[&ada])
    };
    let overflow = company.admin.create_queue(overflow).await.unwrap();
    let delete = |queue: &Queue| DeleteQueueRequest {
        request_id: request_id(),
        queue_id: queue.queue_id.clone(),
        etag: queue.etag.clone(),
    };
    let mut queues = company.admin.queues();
    let refused = queues.delete_queue(delete(&support)).await;
    assert_eq!(metadata(refused, "used_by"), overflow.queue_id);
    let mut extensions = company.admin.extensions();
    let gone = api::directory::v1::DeleteExtensionRequest {
        request_id: request_id(),
        extension_id: ada.extension_id.clone(),
        etag: ada.etag.clone(),
    };
    let refused = extensions.delete_extension(gone.clone()).await;
    assert_eq!(
        refusal(refused),
        (Code::FailedPrecondition, "IN_USE".to_owned())
    );

    // In the right order everything goes, its own voicemail notwithstanding.
    queues.delete_queue(delete(&overflow)).await.unwrap();
    queues.delete_queue(delete(&support)).await.unwrap();
    extensions.delete_extension(gone).await.unwrap();
    assert_eq!(world.plan(company.id).await.unwrap().extensions, []);
    let again = queues.delete_queue(delete(&support)).await;
    assert_eq!(
        refusal(again),
        (Code::NotFound, "QUEUE_NOT_FOUND".to_owned())
    );
}

#[tokio::test]
async fn one_extension_a_person_one_person_a_short_number() {
    let world = World::start().await;
    let company = world.company();
    let ada = company.colleague().await;
    let twice = api::directory::v1::Extension {
        person_id: ada.person_id.clone(),
        ..company.extension(company.hire())
    };
    let refused = company.admin.create_extension(twice).await;
    assert_eq!(metadata(refused, "extension_id"), ada.extension_id);
    let same = api::directory::v1::Extension {
        short_number: ada.short_number.clone(),
        ..company.extension(company.hire())
    };
    let refused = company.admin.create_extension(same).await;
    assert_eq!(
        refusal(refused),
        (Code::AlreadyExists, "SHORT_NUMBER_TAKEN".to_owned())
    );

    // Nobody knows this person; another has left.
    let stranger = company.extension(ids::UserId::generate());
    let refused = company.admin.create_extension(stranger).await;
    assert_eq!(
        refusal(refused),
        (Code::FailedPrecondition, "PERSON_NOT_FOUND".to_owned())
    );
    let gone = ids::UserId::generate();
    world
        .identity
        .knows(gone, company.id, api::identity::v1::UserState::Deactivated);
    let refused = company
        .admin
        .create_extension(company.extension(gone))
        .await;
    assert_eq!(
        refusal(refused),
        (Code::FailedPrecondition, "PERSON_NOT_FOUND".to_owned())
    );

    let request = ListExtensionsRequest {
        person_id: ada.person_id.clone(),
        ..Default::default()
    };
    let found = company
        .admin
        .extensions()
        .list_extensions(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(found.extensions, [ada]);
}

#[tokio::test]
async fn every_change_is_on_the_record() {
    let world = World::start().await;
    let company = world.company();
    let ada = company.colleague().await;
    let support = company.admin.create_queue(queue(&[&ada])).await.unwrap();
    let update = UpdateQueueRequest {
        request_id: request_id(),
        queue: Some(Queue {
            wrap_up: seconds(30),
            ..support.clone()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["wrap_up".to_owned()],
        }),
    };
    company.admin.queues().update_queue(update).await.unwrap();

    let mut follower = Follower::new(&world.live);
    let partition = Partition::of(company.id);
    let events = eventually(Wait::from_secs(5), "three events", async || {
        let read = follower
            .read(&[(partition, Offset::START)], 100, Wait::from_millis(50))
            .await;
        read.ok().filter(|entries| entries.len() == 3)
    })
    .await;
    let events: Vec<_> = events
        .into_iter()
        .map(|entry| entry.event.unwrap())
        .collect();
    let last = &events[2];
    assert_eq!(
        (last.subject.as_str(), last.seq),
        (support.queue_id.as_str(), 2)
    );
    assert!(last.actor.starts_with("usr_"), "{}", last.actor);
    let change = ChangeEvent::decode(last.body.clone()).unwrap();
    assert_eq!(
        (change.action.as_str(), change.result.as_str()),
        ("queue.updated", "OK")
    );
    assert_eq!(change.changes.len(), 1);
    let field = &change.changes[0];
    let told = (
        field.field.as_str(),
        field.before.as_str(),
        field.after.as_str(),
    );
    assert_eq!(told, ("wrap_up", "10s", "30s"));
    assert_eq!(change.network, "127.0.0.0/24");
    let created = ChangeEvent::decode(events[0].body.clone()).unwrap();
    assert_eq!(created.action, "extension.created");
    assert!(created.changes.iter().all(|field| field.before.is_empty()));
}
