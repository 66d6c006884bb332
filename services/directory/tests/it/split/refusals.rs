use access::Role;
use api::{
    directory::v1::{
        NewPerson, SplitIdentityRequest, Successor, UpdateExtensionRequest, successor::Kind,
    },
    identity::v1::{self as identity, UserState},
};
use ids::{SplitId, UserId};
use prost_types::FieldMask;
use tonic::Code;

use super::{Office, newcomer, plan, seen, split};
use crate::world::{metadata, refusal, request_id, wrong_fields};

#[tokio::test]
async fn what_cannot_be_read_is_refused_field_by_field() {
    let office = Office::open().await;
    let wish = || office.wish();
    let with = |person: NewPerson| {
        let mut wish = wish();
        wish.people[1] = person;
        wish
    };
    let ben = || newcomer("Ben");
    let people = |count: usize| {
        let people = (0..count).map(|index| newcomer(&format!("P{index}")));
        SplitIdentityRequest {
            people: people.collect(),
            ..wish()
        }
    };
    let text = |text: &str| text.to_owned();
    let cases = [
        (people(0), vec!["people"]),
        (people(1), vec!["people"]),
        (people(21), vec!["people"]),
        (people(300), vec!["people"]),
        (
            with(NewPerson {
                email: text("ADA@example.com"),
                ..ben()
            }),
            vec!["people[1].email"],
        ),
        (
            with(NewPerson {
                email: text("bеn@example.com"),
                ..ben()
            }),
            vec!["people[1].email"],
        ),
        (
            with(NewPerson {
                email: text(""),
                ..ben()
            }),
            vec!["people[1].email"],
        ),
        (
            with(NewPerson {
                first_name: text(""),
                ..ben()
            }),
            vec!["people[1].first_name"],
        ),
        (
            with(NewPerson {
                first_name: text("B\u{202e}en"),
                ..ben()
            }),
            vec!["people[1].first_name"],
        ),
        (
            with(NewPerson {
                last_name: text("a\nb"),
                ..ben()
            }),
            vec!["people[1].last_name"],
        ),
        (
            with(NewPerson {
                last_name: "x".repeat(97),
                ..ben()
            }),
            vec!["people[1].last_name"],
        ),
        (
            with(NewPerson {
                job_title: "x".repeat(101),
                ..ben()
            }),
            vec!["people[1].job_title"],
        ),
        (
            with(NewPerson {
                short_number: text("112"),
                ..ben()
            }),
            vec!["people[1].short_number"],
        ),
        (
            with(NewPerson {
                short_number: text("१०२"),
                ..ben()
            }),
            vec!["people[1].short_number"],
        ),
        (
            SplitIdentityRequest {
                successor: None,
                ..wish()
            },
            vec!["successor"],
        ),
        (
            SplitIdentityRequest {
                successor: Some(Successor::default()),
                ..wish()
            },
            vec!["successor.display_name", "successor.kind"],
        ),
        (
            SplitIdentityRequest {
                successor: Some(Successor {
                    display_name: text("x"),
                    kind: Some(Kind::Queue(99)),
                }),
                ..wish()
            },
            vec!["successor.queue"],
        ),
        (
            SplitIdentityRequest {
                person_id: text("ext_1"),
                ..wish()
            },
            vec!["person_id"],
        ),
    ];
    for (wish, fields) in cases {
        assert_eq!(wrong_fields(plan(office.admin(), &wish).await), fields);
        let wish = SplitIdentityRequest {
            etag: text("x"),
            ..wish
        };
        assert_eq!(wrong_fields(split(office.admin(), &wish).await), fields);
    }
    let mut twice = wish();
    for person in &mut twice.people[..2] {
        person.short_number = text("777");
    }
    assert_eq!(
        wrong_fields(plan(office.admin(), &twice).await),
        ["people[1].short_number"]
    );
    assert_eq!(wrong_fields(split(office.admin(), &wish()).await), ["etag"]);
}

#[tokio::test]
async fn what_stands_in_the_way_is_in_the_plan_and_refuses_the_split() {
    let office = Office::open().await;
    let ada = office.company.colleague().await;
    let mut wish = office.wish();
    wish.people[0].short_number = ada.short_number.clone();
    wish.people[1].email = format!("{}@example.com", ada.person_id);
    wish.people[2].email = "cleo@localhost".to_owned();
    office.world.identity.people().seats = 4;
    office
        .world
        .identity
        .people()
        .grant(office.person(), identity::Role::Admin);

    let planned = plan(office.admin(), &wish).await.unwrap();
    let conflicts = planned.conflicts.iter();
    let conflicts: Vec<_> = conflicts
        .map(|it| (it.field.as_str(), it.reason.as_str()))
        .collect();
    let expected = [
        ("people[0].short_number", "SHORT_NUMBER_TAKEN"),
        ("person_id", "GRANT_FORBIDDEN"),
        ("people", "SEATS_EXHAUSTED"),
        ("people[1].email", "EMAIL_TAKEN"),
        ("people[2]", "FIELDS_INVALID"),
    ];
    assert_eq!(conflicts, expected);
    let request = SplitIdentityRequest {
        etag: planned.etag,
        ..wish
    };
    let refused = || split(office.admin(), &request);
    assert_eq!(
        refusal(refused().await),
        (Code::FailedPrecondition, "SPLIT_CONFLICT".to_owned())
    );
    assert_eq!(
        wrong_fields(refused().await),
        expected.map(|(field, _)| field)
    );
    let reasons = expected.map(|(_, reason)| reason).join(", ");
    assert_eq!(metadata(refused().await, "reasons"), reasons);
    assert_eq!(office.world.identity.people().invited("cleo@localhost"), 0);

    office
        .world
        .identity
        .people()
        .grant(office.person(), identity::Role::Owner);
    let owner = office.world.colleague(&office.company, Role::Owner);
    let planned = plan(&owner, &office.wish()).await.unwrap();
    assert_eq!(planned.conflicts[0].reason, "OWNER_REQUIRED");
}

#[tokio::test]
async fn a_plan_that_would_be_another_by_now_is_not_carried_out() {
    let office = Office::open().await;
    let request = office.planned().await;
    let renamed = UpdateExtensionRequest {
        request_id: request_id(),
        extension: Some(api::directory::v1::Extension {
            display_name: "Counter".to_owned(),
            ..office.shared.clone()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["display_name".to_owned()],
        }),
    };
    office
        .admin()
        .extensions()
        .update_extension(renamed)
        .await
        .unwrap();
    let refused = split(office.admin(), &request).await;
    assert_eq!(
        refusal(refused),
        (Code::Aborted, "SPLIT_PLAN_CHANGED".to_owned())
    );
    let again = SplitIdentityRequest {
        request_id: request_id(),
        ..office.planned().await
    };
    split(office.admin(), &again).await.unwrap();
}

#[tokio::test]
async fn only_people_of_the_own_company_who_are_there_can_be_split() {
    let office = Office::open().await;
    let gone = (Code::NotFound, "EXTENSION_NOT_FOUND".to_owned());
    let unknown = SplitIdentityRequest {
        person_id: UserId::generate().to_string(),
        etag: "x".to_owned(),
        ..office.wish()
    };
    assert_eq!(refusal(plan(office.admin(), &unknown).await), gone);
    assert_eq!(refusal(split(office.admin(), &unknown).await), gone);

    let neighbours = office.world.company();
    let request = office.planned().await;
    assert_eq!(refusal(plan(&neighbours.admin, &request).await), gone);
    assert_eq!(refusal(split(&neighbours.admin, &request).await), gone);
    let waiting = split(office.admin(), &request).await.unwrap();
    let absent = (Code::NotFound, "SPLIT_NOT_FOUND".to_owned());
    assert_eq!(
        refusal(seen(&neighbours.admin, &waiting.split_id).await),
        absent
    );
    assert_eq!(
        refusal(super::go_on(&neighbours.admin, &waiting.split_id).await),
        absent
    );
    let nothing = SplitId::generate().to_string();
    assert_eq!(refusal(seen(office.admin(), &nothing).await), absent);

    for role in [Role::User, Role::Supervisor, Role::Accountant] {
        let colleague = office.world.colleague(&office.company, role);
        let denied = (Code::PermissionDenied, "PERMISSION_MISSING".to_owned());
        assert_eq!(refusal(plan(&colleague, &request).await), denied);
        assert_eq!(refusal(seen(&colleague, &waiting.split_id).await), denied);
    }

    let other = Office::open().await;
    let (identity, person) = (&other.world.identity, other.person());
    let request = other.planned().await;
    identity.knows(person, other.company.id, UserState::Deactivated);
    let left = (Code::FailedPrecondition, "PERSON_NOT_FOUND".to_owned());
    assert_eq!(refusal(plan(other.admin(), &request).await), left);
    assert_eq!(refusal(split(other.admin(), &request).await), left);
}
