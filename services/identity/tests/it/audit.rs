//! Every change is told, with who, before and after, and no secret.

use std::time::Duration;

use api::access::v1::{ChangeEvent, FieldChange};
use api::identity::v1::{
    DeactivateUserRequest, DisableTotpRequest, Role, SuspendUserRequest,
    disable_totp_request::Proof,
};
use ids::SplitId;
use live::{
    Live, Partition,
    event::{Envelope, Follower, Offset},
};
use prost::Message as _;
use testkit::eventually;
use tonic::Request;

use crate::{
    reset::NEXT,
    world::{PASSWORD, World, fields, invitation, request_id},
};

/// Everything on the account's stream that concerns it.
pub(crate) async fn events(live: &Live, account: &str) -> Vec<(Envelope, ChangeEvent)> {
    let account = account.parse().unwrap();
    let from = [(Partition::of(account), Offset::default())];
    let entries = Follower::new(live)
        .read(&from, 1000, Duration::from_millis(1))
        .await
        .unwrap();
    let envelopes = entries.into_iter().map(|entry| entry.event.unwrap());
    let ours = envelopes.filter(|envelope| envelope.account == account);
    ours.map(|envelope| {
        assert_eq!(envelope.kind, "strowger.access.v1.ChangeEvent");
        let change = ChangeEvent::decode(envelope.body.clone()).unwrap();
        assert_eq!(change.subject_id, envelope.subject);
        (envelope, change)
    })
    .collect()
}

#[tokio::test]
async fn a_working_day_can_be_read_in_the_trail() {
    let world = World::start().await;
    let owner = world.company().await;
    let clerk = world.hire(&owner, &[Role::Technical]).await;
    world
        .try_sign_in(&clerk.user.email, "something else entirely")
        .await
        .map(drop)
        .unwrap_err();
    let suspend = SuspendUserRequest {
        request_id: request_id(),
        user_id: clerk.user.user_id.clone(),
        hand_over_to: String::new(),
    };
    owner.me.users().suspend_user(suspend).await.unwrap();

    let trail = eventually(
        Duration::from_secs(5),
        "the last event arrives",
        async || {
            let trail = events(&world.live, &owner.account).await;
            trail
                .iter()
                .any(|(_, change)| change.action == "session.ended")
                .then_some(trail)
        },
    )
    .await;
    let actions: Vec<&str> = trail
        .iter()
        .map(|(_, change)| change.action.as_str())
        .collect();
    assert_eq!(
        actions,
        [
            "account.created",
            "session.started",
            "user.invited",
            "role.granted",
            "user.joined",
            "session.started",
            "session.refused",
            "user.suspended",
            "session.ended",
        ]
    );
    let of = |action: &str| {
        trail
            .iter()
            .find(|(_, change)| change.action == action)
            .unwrap()
    };
    let (envelope, suspended) = of("user.suspended");
    assert_eq!(envelope.actor, owner.user.user_id);
    assert_eq!(suspended.changes[0].field, "state");
    assert_eq!(
        (
            suspended.changes[0].before.as_str(),
            suspended.changes[0].after.as_str()
        ),
        ("ACTIVE", "SUSPENDED")
    );
    assert_eq!(suspended.network, "127.0.0.0/24");
    assert_eq!(suspended.result, "OK");
    let (envelope, refused) = of("session.refused");
    assert_eq!(
        (refused.result.as_str(), refused.subject_id.as_str()),
        ("CREDENTIALS_REJECTED", &*clerk.user.user_id)
    );
    assert_eq!(envelope.actor, "", "nobody knows who that was");

    let everything = format!("{trail:?}");
    for secret in [
        PASSWORD,
        "something else entirely",
        &owner.tokens.refresh_token,
        &owner.tokens.access_token,
    ] {
        assert!(!everything.contains(secret));
    }
}

#[tokio::test]
async fn what_fails_leaves_no_trace_of_having_happened() {
    let world = World::start().await;
    let owner = world
        .company_with(|request| request.account.as_mut().unwrap().seats = 1)
        .await;
    let full = owner
        .me
        .users()
        .invite_user(invitation(&world.address()))
        .await;
    assert!(full.is_err());
    owner
        .me
        .auth()
        .sign_out(api::identity::v1::SignOutRequest {})
        .await
        .unwrap();
    let trail = eventually(
        Duration::from_secs(5),
        "the last event arrives",
        async || {
            let trail = events(&world.live, &owner.account).await;
            trail
                .iter()
                .any(|(_, change)| change.action == "session.ended")
                .then_some(trail)
        },
    )
    .await;
    assert!(
        trail
            .iter()
            .all(|(_, change)| change.action != "user.invited")
    );
}

#[tokio::test]
async fn others_hear_who_takes_the_numbers_over() {
    let world = World::start().await;
    let owner = world.company().await;
    let (anna, ben) = (world.hire(&owner, &[]).await, world.hire(&owner, &[]).await);
    let queue = "que_01h455vb4pex5vsknk084sn02q";
    let suspend = SuspendUserRequest {
        request_id: request_id(),
        user_id: anna.user.user_id.clone(),
        hand_over_to: queue.to_owned(),
    };
    for wrong in [
        ben.user.user_id.as_str(),
        "num_01h455vb4pex5vsknk084sn02q",
        "Ben",
    ] {
        let request = SuspendUserRequest {
            hand_over_to: wrong.to_owned(),
            ..suspend.clone()
        };
        let refused = owner.me.users().suspend_user(request).await;
        assert_eq!(fields(refused), ["hand_over_to"]);
    }
    owner.me.users().suspend_user(suspend).await.unwrap();
    let leave = DeactivateUserRequest {
        request_id: request_id(),
        user_id: ben.user.user_id.clone(),
        hand_over_to: String::new(),
    };
    owner.me.users().deactivate_user(leave).await.unwrap();

    // What directory acts on, as `ChangeEvent` promises it.
    let said = async |action: &str| {
        eventually(Duration::from_secs(5), "the event arrives", async || {
            let events = events(&world.live, &owner.account).await;
            let mut changes = events.into_iter().map(|(_, change)| change);
            changes.find(|change| change.action == action)
        })
        .await
    };
    let change = |field: &str, before: &str, after: &str| FieldChange {
        field: field.to_owned(),
        before: before.to_owned(),
        after: after.to_owned(),
    };
    let suspended = said("user.suspended").await;
    assert_eq!(suspended.subject_id, anna.user.user_id);
    assert_eq!(
        suspended.changes,
        [
            change("state", "ACTIVE", "SUSPENDED"),
            change("hand_over_to", "", queue),
        ]
    );
    let left = said("user.deactivated").await;
    assert_eq!(left.changes, [change("state", "ACTIVE", "DEACTIVATED")]);
}

#[tokio::test]
async fn what_happens_to_a_second_factor_and_a_password_can_be_read_too() {
    let world = World::start().await;
    let owner = world.company().await;
    let (app, codes) = owner.secure(&world).await;
    let challenge = world.challenge(&owner.user.email).await;
    world
        .verify(&challenge, &app.code(&world))
        .await
        .map(drop)
        .unwrap_err();
    world.verify(&challenge, &codes[0]).await.unwrap();
    let token = world.mailed_token(&owner.user.email).await;
    world.reset_password(&token, NEXT).await.unwrap();
    let disable = DisableTotpRequest {
        proof: Some(Proof::CurrentPassword(NEXT.to_owned())),
    };
    owner.me.auth().disable_totp(disable).await.unwrap();

    let trail = eventually(
        Duration::from_secs(5),
        "the last event arrives",
        async || {
            let trail = events(&world.live, &owner.account).await;
            trail
                .iter()
                .any(|(_, change)| change.action == "user.factor_disabled")
                .then_some(trail)
        },
    )
    .await;
    let told: Vec<String> = trail
        .iter()
        .filter(|(_, change)| change.subject_id == owner.user.user_id)
        .map(|(envelope, change)| {
            let who = match &envelope.actor {
                actor if *actor == owner.user.user_id => "owner",
                actor if actor.starts_with("key_") => "mailer",
                _ => "nobody",
            };
            let fields: Vec<String> = change
                .changes
                .iter()
                .map(|field| format!("{} {}→{}", field.field, field.before, field.after))
                .collect();
            let fields = fields.join(", ");
            format!("{who} {} {} [{fields}]", change.action, change.result)
        })
        .collect();
    assert_eq!(
        told,
        [
            "owner user.factor_offered OK []",
            "owner user.factor_confirmed OK [second_factor NONE→TOTP]",
            "owner user.recovery_codes_replaced OK [recovery_codes 0→10]",
            "owner session.challenged OK [client_label →test, new_device false→true, step →CODE]",
            "nobody session.refused FACTOR_REJECTED []",
            "owner user.recovery_code_used OK [recovery_codes 10→9]",
            "mailer user.password_reset_sent OK [requested_from →127.0.0.0/24]",
            "owner user.password_reset OK []",
            "owner user.factor_disabled OK [second_factor TOTP→NONE, recovery_codes 9→0]",
        ]
    );
    let everything = format!("{trail:?}");
    let challenge_secret = challenge.challenge_token.as_str();
    for secret in [&app.secret, &token, &codes[0], &codes[1], challenge_secret] {
        assert!(!everything.contains(secret));
    }
}

/// A request that says what it is part of.
fn part_of<T>(operation: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let operation = operation.parse().unwrap();
    request.metadata_mut().insert("strowger-part-of", operation);
    request
}

#[tokio::test]
async fn what_is_part_of_a_split_names_it_whoever_it_concerns() {
    let world = World::start().await;
    let owner = world.company().await;
    let split = SplitId::generate().to_string();
    let users = || owner.me.users();
    for operation in [split.as_str(), "a split, honestly"] {
        let invite = part_of(operation, invitation(&world.address()));
        users().invite_user(invite).await.unwrap();
    }
    let shared = world.hire(&owner, &[]).await;
    let leave = DeactivateUserRequest {
        request_id: request_id(),
        user_id: shared.user.user_id.clone(),
        hand_over_to: String::new(),
    };
    let leave = part_of(&split, leave);
    users().deactivate_user(leave).await.unwrap();

    let trail = eventually(Duration::from_secs(5), "the last event comes", async || {
        let trail = events(&world.live, &owner.account).await;
        let is_last = |(_, change): &(_, ChangeEvent)| change.action == "session.ended";
        trail.iter().any(is_last).then_some(trail)
    })
    .await;
    let named = trail.iter().map(|(_, change)| {
        let mut changes = change.changes.iter();
        let split_id = changes.find(|change| change.field == "split_id");
        let split_id = split_id.map_or("", |change| change.after.as_str());
        (change.action.as_str(), split_id == split)
    });
    let named: Vec<_> = named.filter(|(_, named)| *named).collect();
    let expected = ["user.invited", "user.deactivated", "session.ended"];
    assert_eq!(named, expected.map(|action| (action, true)));
    let rubbish = |(_, change): &(_, ChangeEvent)| format!("{change:?}").contains("honestly");
    assert!(!trail.iter().any(rubbish), "only ids are believed");
}
