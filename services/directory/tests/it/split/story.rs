use api::{
    access::v1::ChangeEvent,
    directory::v1::{
        Menu, MenuKey, Number, Plan, Queue, QueueMember, QueueStrategy, SplitState, Successor,
        Target, successor, target::Kind,
    },
    identity::v1::UserState,
};
use live::{
    Partition,
    event::{Follower, Offset},
};
use prost::Message as _;
use sea_orm::{DbBackend, Statement};
use std::time::Duration;
use store::{ConnectionTrait as _, Scope, StoreError};
use testkit::eventually;

use super::{Office, go_on, plan, seen, split};
use crate::world::{menu, number, queue, ring_group, to};

const SOON: Duration = Duration::from_secs(10);

/// Everything that says this id, but what it is itself.
fn mentions<'a>(plan: &'a Plan, id: &str) -> Vec<&'a String> {
    let numbers = plan
        .numbers
        .iter()
        .map(|it| (&it.number_id, format!("{it:?}")));
    let extensions = plan
        .extensions
        .iter()
        .map(|it| (&it.extension_id, format!("{it:?}")));
    let groups = plan
        .ring_groups
        .iter()
        .map(|it| (&it.ring_group_id, format!("{it:?}")));
    let queues = plan
        .queues
        .iter()
        .map(|it| (&it.queue_id, format!("{it:?}")));
    let menus = plan.menus.iter().map(|it| (&it.menu_id, format!("{it:?}")));
    let all = numbers
        .chain(extensions)
        .chain(groups)
        .chain(queues)
        .chain(menus);
    all.filter(|(_, text)| text.contains(id))
        .map(|(key, _)| key)
        .collect()
}

#[tokio::test]
async fn three_people_come_out_of_one_and_whatever_led_there_leads_to_their_group() {
    let office = Office::open().await;
    let (admin, shared) = (office.admin(), &office.shared);
    let ada = office.company.colleague().await;
    let there = || to(Kind::ExtensionId(shared.extension_id.clone()));
    let main = Number {
        target: there(),
        closed_target: to(Kind::VoicemailOf(shared.extension_id.clone())),
        ..number(&office.world.number())
    };
    let main = admin.create_number(main).await.unwrap();
    let key = MenuKey {
        key: "1".to_owned(),
        target: there(),
        ..MenuKey::default()
    };
    let welcome = Menu {
        keys: vec![key],
        timeout_target: there(),
        ..menu()
    };
    let welcome = admin.create_menu(welcome).await.unwrap();
    let sales = admin
        .create_ring_group(ring_group(&[&ada, shared]))
        .await
        .unwrap();
    let member = QueueMember {
        person_id: shared.person_id.clone(),
        tier: 2,
        dynamic: true,
    };
    let support = Queue {
        members: vec![member],
        full_target: there(),
        ..queue(&[])
    };
    let support = admin.create_queue(support).await.unwrap();

    let before = office.world.plan(office.company.id).await.unwrap();
    let planned = plan(admin, &office.wish()).await.unwrap();
    assert_eq!(
        (&planned.extension_id, planned.short_number.as_str()),
        (&shared.extension_id, "101")
    );
    let people = planned.people.iter();
    let people: Vec<_> = people
        .map(|who| (who.display_name.as_str(), who.short_number.as_str()))
        .collect();
    assert_eq!(
        people,
        [
            ("Ada Shift", "102"),
            ("Ben Shift", "103"),
            ("Cleo Shift", "104")
        ]
    );
    let mut references: Vec<_> = planned
        .references
        .iter()
        .map(|it| (it.resource_id.clone(), it.fields.join(" ")))
        .collect();
    references.sort();
    let mut expected = [
        (main.number_id.clone(), "target closed_target".to_owned()),
        (
            welcome.menu_id.clone(),
            "keys[0].target timeout_target invalid_target".to_owned(),
        ),
        (sales.ring_group_id.clone(), "member_ids[1]".to_owned()),
        (
            support.queue_id.clone(),
            "full_target members[0].person_id".to_owned(),
        ),
    ];
    expected.sort();
    assert_eq!(references, expected);
    let seats = planned.seats.unwrap();
    assert_eq!((seats.needed, seats.freed, seats.free), (3, 1, 1000 - 2));
    assert_eq!(planned.conflicts, []);
    assert_eq!(
        office.world.plan(office.company.id).await.unwrap(),
        before,
        "a plan changes nothing"
    );

    // The people are invited, and calls go to the group, which still rings the shared identity.
    let request = office.planned().await;
    let waiting = split(admin, &request).await.unwrap();
    assert_eq!(waiting.state(), SplitState::Waiting);
    let now = office.world.plan(office.company.id).await.unwrap();
    let group = now
        .ring_groups
        .iter()
        .find(|it| it.ring_group_id == waiting.successor_id)
        .unwrap();
    let newcomers: Vec<_> = waiting
        .people
        .iter()
        .map(|who| who.person_id.clone())
        .collect();
    assert_eq!(
        group.member_ids,
        [newcomers.clone(), vec![shared.person_id.clone()]].concat()
    );
    assert_eq!(
        group.no_answer_target,
        to(Kind::VoicemailOf(group.ring_group_id.clone()))
    );
    let successor = || to(Kind::RingGroupId(group.ring_group_id.clone()));
    assert_eq!(now.numbers[0].target, successor());
    assert_eq!(
        now.numbers[0].closed_target,
        to(Kind::VoicemailOf(group.ring_group_id.clone()))
    );
    assert_eq!(
        [&now.menus[0].timeout_target, &now.menus[0].keys[0].target],
        [&successor(), &successor()]
    );
    assert_eq!(now.queues[0].full_target, successor());
    assert_eq!(
        now.version,
        before.version + 1,
        "calls see all of it at once"
    );
    for person in &waiting.people {
        assert!(person.invitation_token.contains(&person.person_id));
        let own = now
            .extensions
            .iter()
            .find(|it| it.person_id == person.person_id)
            .unwrap();
        assert_eq!(own.extension_id, person.extension_id);
    }

    // Nobody has come: the shared identity stays, however often one asks.
    let again = split(admin, &request).await.unwrap();
    assert_eq!(again, waiting);
    assert_eq!(
        office.world.identity.people().state(office.person()),
        UserState::Active
    );

    // Ben comes, and the shared identity goes.
    office.world.identity.people().accepts(&newcomers[1]);
    let done = go_on(admin, &waiting.split_id).await.unwrap();
    assert_eq!(done.state(), SplitState::Done);
    assert!(
        done.steps.iter().all(|step| step.done_time.is_some()),
        "{done:?}"
    );
    let names: Vec<_> = done.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "INVITE",
            "INVITE",
            "INVITE",
            "SWITCH",
            "DEACTIVATE",
            "ARCHIVE"
        ]
    );
    assert_eq!(
        office.world.identity.people().state(office.person()),
        UserState::Deactivated
    );
    let after = office.world.plan(office.company.id).await.unwrap();
    assert_eq!(mentions(&after, &shared.person_id), [&shared.extension_id]);
    assert_eq!(
        mentions(&after, &shared.extension_id),
        [&shared.extension_id]
    );
    let kept = after
        .extensions
        .iter()
        .find(|it| it.extension_id == shared.extension_id)
        .unwrap();
    assert_eq!((kept.short_number.as_str(), kept.devices.len()), ("101", 0));
    assert_eq!(
        [&kept.busy_target, &kept.no_answer_target],
        [&successor(), &successor()]
    );
    let support = &after.queues[0];
    let members: Vec<_> = support
        .members
        .iter()
        .map(|it| (&it.person_id, it.tier, it.dynamic))
        .collect();
    let expected: Vec<_> = newcomers.iter().map(|id| (id, 2, true)).collect();
    assert_eq!(members, expected);

    // Done is done, and nothing secret is kept.
    assert_eq!(
        seen(admin, &done.split_id).await.unwrap().state(),
        SplitState::Done
    );
    let repeated = split(admin, &request).await.unwrap();
    assert_eq!(repeated.state(), SplitState::Done);
    assert!(
        repeated
            .people
            .iter()
            .all(|who| who.invitation_token.is_empty())
    );
    assert_eq!(office.world.plan(office.company.id).await.unwrap(), after);
    let kept = rows_of_splits(&office).await;
    assert!(
        kept.contains(&newcomers[0]) && !kept.contains("@example.com") && !kept.contains("token"),
        "{kept}"
    );
}

/// All that directory keeps of splits, as text.
async fn rows_of_splits(office: &Office) -> String {
    let store = office.world.database.store().await;
    let text = "SELECT coalesce(string_agg(splits::text, ''), '') AS kept FROM splits";
    let look = async |tx: store::Transaction| {
        let statement = Statement::from_string(DbBackend::Postgres, text);
        let row = tx.query_one_raw(statement).await?.unwrap();
        Ok::<String, StoreError>(row.try_get("", "kept")?)
    };
    let scope = Scope::tenant(office.company.id);
    store.transact(scope, look).await.unwrap()
}

#[tokio::test]
async fn a_queue_can_take_over_too() {
    let office = Office::open().await;
    let wish = super::SplitIdentityRequest {
        successor: Some(Successor {
            display_name: "Reception".to_owned(),
            kind: Some(successor::Kind::Queue(QueueStrategy::Linear.into())),
        }),
        ..office.wish()
    };
    let etag = plan(office.admin(), &wish).await.unwrap().etag;
    let request = super::SplitIdentityRequest { etag, ..wish };
    let waiting = split(office.admin(), &request).await.unwrap();
    let now = office.world.plan(office.company.id).await.unwrap();
    let line = &now.queues[0];
    assert_eq!(line.queue_id, waiting.successor_id);
    assert_eq!(
        (
            line.strategy(),
            line.members.len(),
            line.display_name.as_str()
        ),
        (QueueStrategy::Linear, 4, "Reception")
    );
    assert_eq!(
        line.empty_target,
        Some(Target {
            kind: Some(Kind::VoicemailOf(line.queue_id.clone()))
        })
    );
}

#[tokio::test]
async fn the_trail_of_a_split_is_one_chain() {
    let office = Office::open().await;
    let main = Number {
        target: to(Kind::ExtensionId(office.shared.extension_id.clone())),
        ..number(&office.world.number())
    };
    office.admin().create_number(main).await.unwrap();
    let waiting = split(office.admin(), &office.planned().await)
        .await
        .unwrap();
    office
        .world
        .identity
        .people()
        .accepts(&waiting.people[0].person_id);
    go_on(office.admin(), &waiting.split_id).await.unwrap();

    let mut follower = Follower::new(&office.world.live);
    let partition = Partition::of(office.company.id);
    let chain = eventually(SOON, "the last event of the split", async || {
        let from = [(partition, Offset::START)];
        let entries = follower
            .read(&from, 100, Duration::from_millis(50))
            .await
            .ok()?;
        let events = entries.into_iter().map(|entry| entry.event.unwrap());
        let changes = events.map(|event| ChangeEvent::decode(event.body.clone()).unwrap());
        let chain = changes.filter(|change| {
            let mut fields = change.changes.iter();
            let named = fields.any(|it| it.field == "split_id" && it.after == waiting.split_id);
            named || change.subject_id == waiting.split_id
        });
        let chain: Vec<_> = chain.map(|change| change.action).collect();
        (chain.last().map(String::as_str) == Some("split.finished")).then_some(chain)
    })
    .await;
    let expected = [
        "split.started",
        "split.invited",
        "split.invited",
        "split.invited",
        "extension.created",
        "extension.created",
        "extension.created",
        "ring_group.created",
        "number.rewired",
        "extension.rewired",
        "split.switched",
        "split.deactivated",
        "extension.rewired",
        "ring_group.rewired",
        "split.finished",
    ];
    assert_eq!(chain, expected);
}
