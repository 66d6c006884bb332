use api::{directory::v1::SplitState, identity::v1::UserState};
use tonic::Code;

use super::{Office, go_on, newcomer, seen, split};
use crate::{
    identity::Trouble,
    world::{metadata, refusal, request_id},
};

/// What must be so when a split is done, whatever happened on the way.
async fn is_done_once(office: &Office, split_id: &str) {
    let done = seen(office.admin(), split_id).await.unwrap();
    assert_eq!(done.state(), SplitState::Done, "{done:?}");
    let plan = office.world.plan(office.company.id).await.unwrap();
    assert_eq!(plan.ring_groups.len(), 1);
    assert_eq!(plan.extensions.len(), 4);
    let mut people: Vec<_> = done
        .people
        .iter()
        .map(|who| who.person_id.clone())
        .collect();
    assert_eq!(plan.ring_groups[0].member_ids, people);
    people.dedup();
    assert_eq!(people.len(), 3);
    let known = office.world.identity.people();
    for name in ["ada", "ben", "cleo"] {
        assert_eq!(known.invited(&format!("{name}@example.com")), 1, "{name}");
    }
    assert_eq!(known.state(office.person()), UserState::Deactivated);
}

#[tokio::test]
async fn whatever_fails_a_repeat_goes_on_and_does_nothing_twice() {
    let troubles = [
        ("GetUser", Trouble::Before),
        ("InviteUser", Trouble::Before),
        ("InviteUser", Trouble::After),
        ("InviteUser", Trouble::Forgotten),
        ("InviteUser", Trouble::Refused("SEATS_EXHAUSTED")),
        ("DeactivateUser", Trouble::Before),
        ("DeactivateUser", Trouble::After),
        ("DeactivateUser", Trouble::Refused("OWNER_REQUIRED")),
    ];
    for (method, trouble) in troubles {
        let office = Office::open().await;
        let request = office.planned().await;
        office.world.identity.people().trouble(method, trouble);
        let first = split(office.admin(), &request).await;
        let waiting = match (method, &first) {
            // Too early to be noticed: nobody was to be deactivated yet.
            ("DeactivateUser", Ok(_)) => first.unwrap(),
            (_, Err(_)) => split(office.admin(), &request).await.unwrap(),
            (_, Ok(_)) => panic!("{method} was in no trouble"),
        };
        assert_eq!(waiting.state(), SplitState::Waiting, "{method} {trouble:?}");
        // Whoever has lost an answer gets the invitations with the next, if anybody knows them.
        for person in &waiting.people {
            let lost = matches!(trouble, Trouble::Forgotten) && person.display_name == "Ada Shift";
            assert_eq!(
                person.invitation_token.is_empty(),
                lost,
                "{method} {trouble:?}"
            );
        }
        office
            .world
            .identity
            .people()
            .accepts(&waiting.people[2].person_id);
        if method == "DeactivateUser" {
            split(office.admin(), &request).await.unwrap_err();
            let stopped = seen(office.admin(), &waiting.split_id).await.unwrap();
            assert_eq!(stopped.state(), SplitState::Waiting);
        }
        split(office.admin(), &request).await.unwrap();
        is_done_once(&office, &waiting.split_id).await;
    }
}

#[tokio::test]
async fn a_refused_step_says_which_and_why() {
    let office = Office::open().await;
    let request = office.planned().await;
    let refuse = || {
        let mut people = office.world.identity.people();
        people.trouble("InviteUser", Trouble::Refused("SEATS_EXHAUSTED"));
    };
    refuse();
    let refused = split(office.admin(), &request).await;
    assert_eq!(
        refusal(refused),
        (Code::FailedPrecondition, "SPLIT_STEP_REFUSED".to_owned())
    );
    refuse();
    let refused = split(office.admin(), &request).await;
    let split_id = metadata(refused, "split_id");
    let stopped = seen(office.admin(), &split_id).await.unwrap();
    assert_eq!(stopped.state(), SplitState::Inviting);
    refuse();
    assert_eq!(
        metadata(go_on(office.admin(), &split_id).await, "step"),
        "INVITE"
    );
    refuse();
    let refused = go_on(office.admin(), &split_id).await;
    assert_eq!(metadata(refused, "reason"), "SEATS_EXHAUSTED");
    // Calls go where they went.
    let plan = office.world.plan(office.company.id).await.unwrap();
    assert_eq!((plan.extensions.len(), plan.ring_groups.len()), (1, 0));
}

#[tokio::test]
async fn the_same_request_at_once_is_one_split() {
    let office = Office::open().await;
    let request = office.planned().await;
    let replica = office.world.replica().await;
    let elsewhere = office.admin().at(&replica);
    let answers = [office.admin(), &elsewhere, office.admin(), &elsewhere];
    let answers = answers.map(|by| split(by, &request));
    let answers = futures::future::try_join_all(answers).await.unwrap();
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:#?}"
    );
    office
        .world
        .identity
        .people()
        .accepts(&answers[0].people[0].person_id);
    let (one, other) = tokio::join!(
        go_on(office.admin(), &answers[0].split_id),
        go_on(&elsewhere, &answers[0].split_id),
    );
    assert_eq!(one.unwrap(), other.unwrap());
    is_done_once(&office, &answers[0].split_id).await;
}

#[tokio::test]
async fn nobody_is_split_twice_at_once_and_anybody_who_may_goes_on() {
    let office = Office::open().await;
    let request = office.planned().await;
    let identity = &office.world.identity;
    identity.people().trouble("InviteUser", Trouble::After);
    split(office.admin(), &request).await.unwrap_err();

    let other = super::SplitIdentityRequest {
        request_id: request_id(),
        people: ["Dora", "Emil"].map(newcomer).to_vec(),
        ..office.planned().await
    };
    let conflicts = super::plan(office.admin(), &other).await.unwrap().conflicts;
    let conflicts: Vec<_> = conflicts
        .iter()
        .map(|it| (it.field.as_str(), it.reason.as_str()))
        .collect();
    assert_eq!(conflicts, [("person_id", "SPLIT_IN_PROGRESS")]);
    let refused = split(office.admin(), &other).await;
    assert_eq!(
        refusal(refused),
        (Code::FailedPrecondition, "SPLIT_IN_PROGRESS".to_owned())
    );
    let split_id = metadata(split(office.admin(), &other).await, "split_id");

    // Somebody else finds those who are invited, and never sees their invitations.
    let colleague = office.world.colleague(&office.company, access::Role::Owner);
    let waiting = go_on(&colleague, &split_id).await.unwrap();
    assert_eq!(waiting.state(), SplitState::Waiting);
    assert_eq!(office.world.identity.people().invited("ada@example.com"), 1);
    office
        .world
        .identity
        .people()
        .accepts(&waiting.people[0].person_id);
    assert_eq!(
        go_on(&colleague, &split_id).await.unwrap().state(),
        SplitState::Done
    );
    is_done_once(&office, &split_id).await;
}

#[tokio::test]
async fn a_split_that_nobody_joins_ends_once_the_shared_identity_is_sent_away() {
    let office = Office::open().await;
    let request = office.planned().await;
    let waiting = split(office.admin(), &request).await.unwrap();
    let identity = &office.world.identity;
    for who in &waiting.people {
        identity.people().leaves(&who.person_id);
    }
    let still = go_on(office.admin(), &waiting.split_id).await.unwrap();
    assert_eq!(still.state(), SplitState::Waiting, "the number rings on");
    identity.people().leaves(&office.person().to_string());
    go_on(office.admin(), &waiting.split_id).await.unwrap();
    is_done_once(&office, &waiting.split_id).await;
}
