//! What a company wants done about shared identities.

use std::time::Duration;

use api::identity::v1::{
    Account, FactorChallenge, GetAccountRequest, SharingPolicy, SignInRequest, SignInResponse,
    UpdateAccountRequest, VerifyFactorRequest, VerifyFactorResponse,
};
use futures::future::join_all;
use prost_types::FieldMask;
use testkit::eventually;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{
    audit::events,
    authenticator::WRONG,
    factors::wrong_code,
    sharing::{CAFE, HOME, OFFICE, refresh, shared_login, sign_in, world},
    world::{Member, PASSWORD, World, fields, refusal, request_id},
};

async fn choose(owner: &Member, policy: i32) -> Result<Account, Status> {
    let account = owner.me.accounts().get_account(GetAccountRequest {}).await;
    let request = UpdateAccountRequest {
        request_id: request_id(),
        account: Some(Account {
            sharing_policy: policy,
            ..account.unwrap().into_inner()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["sharing_policy".to_owned()],
        }),
    };
    let answer = owner.me.accounts().update_account(request).await?;
    Ok(answer.into_inner())
}

async fn take_over(world: &World, email: &str, password: &str) -> Result<SignInResponse, Status> {
    let request = SignInRequest {
        email: email.to_owned(),
        password: password.to_owned(),
        take_over: true,
        ..SignInRequest::default()
    };
    Ok(world.nobody().auth().sign_in(request).await?.into_inner())
}

#[tokio::test]
async fn a_company_observes_until_it_says_otherwise() {
    let world = World::start().await;
    let owner = world.company().await;
    let account = owner.me.accounts().get_account(GetAccountRequest {}).await;
    let account = account.unwrap().into_inner();
    assert_eq!(account.sharing_policy(), SharingPolicy::Observe);
    for wrong in [0, 999] {
        let outcome = choose(&owner, wrong).await;
        assert_eq!(fields(outcome), ["account.sharing_policy"]);
    }
    let chosen = choose(&owner, SharingPolicy::Notify.into()).await.unwrap();
    assert_eq!(chosen.sharing_policy(), SharingPolicy::Notify);
    let trail = eventually(Duration::from_secs(5), "it is audited", async || {
        let trail = events(&world.live, &owner.account).await;
        trail
            .into_iter()
            .find(|(_, change)| change.action == "account.updated")
    })
    .await;
    let change = &trail.1.changes[0];
    assert_eq!(
        [change.field.as_str(), &change.before, &change.after],
        ["sharing_policy", "OBSERVE", "NOTIFY"]
    );
}

#[tokio::test]
async fn where_one_session_is_allowed_a_second_must_take_over() {
    let world = World::start().await;
    let owner = world.company().await;
    let clerk = world.hire(&owner, &[]).await;
    choose(&owner, SharingPolicy::OneSession.into())
        .await
        .unwrap();
    let email = &clerk.user.email;

    // The password was right every time: nobody is slowed down for that.
    for _ in 0..12 {
        let refused = world.try_sign_in(email, PASSWORD).await.map(drop);
        let status = refused.unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
        let details = status.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!(info.reason, "SESSION_ELSEWHERE");
        assert_eq!(info.metadata["sessions"], "1");
        let last_active = &info.metadata["last_active"];
        let last_active: chrono::DateTime<chrono::Utc> = last_active.parse().unwrap();
        assert_eq!(last_active.timestamp(), world.hands.now().timestamp());
    }
    let guess = take_over(&world, email, "something else entirely").await;
    assert_eq!(refusal(guess).1, "CREDENTIALS_REJECTED");
    let tokens = world.refresh(&clerk.tokens.refresh_token).await.unwrap();

    let taken = take_over(&world, email, PASSWORD).await.unwrap();
    assert_eq!(
        refusal(world.refresh(&tokens.refresh_token).await).1,
        "REFRESH_REJECTED"
    );
    let successor = taken.tokens.unwrap().refresh_token;
    world.refresh(&successor).await.unwrap();
    let ended = eventually(Duration::from_secs(5), "it is audited", async || {
        let trail = events(&world.live, &owner.account).await;
        trail
            .into_iter()
            .find(|(_, change)| change.action == "session.ended")
    })
    .await;
    assert_eq!(ended.1.subject_id, clerk.session);
    assert_eq!(ended.1.changes[0].after, "TAKEN_OVER");
}

async fn take_over_with(
    world: &World,
    challenge: &FactorChallenge,
    code: &str,
) -> Result<VerifyFactorResponse, Status> {
    let request = VerifyFactorRequest {
        challenge_token: challenge.challenge_token.clone(),
        code: code.to_owned(),
        take_over: true,
        ..VerifyFactorRequest::default()
    };
    let answer = world.nobody().auth().verify_factor(request).await?;
    Ok(answer.into_inner())
}

#[tokio::test]
async fn with_a_second_factor_it_is_the_right_code_that_takes_over() {
    let world = World::start().await;
    let owner = world.company().await;
    let clerk = world.hire(&owner, &[]).await;
    let (app, _) = clerk.secure(&world).await;
    choose(&owner, SharingPolicy::OneSession.into())
        .await
        .unwrap();
    let email = &clerk.user.email;
    let mut theirs = clerk.tokens.refresh_token.clone();
    let mut still_signed_in = async || {
        theirs = world.refresh(&theirs).await.unwrap().refresh_token;
    };

    // Whoever has the password alone neither takes over nor learns who is signed in.
    let challenged = take_over(&world, email, PASSWORD).await.unwrap();
    assert!(challenged.tokens.is_none());
    let challenge = challenged.challenge.unwrap();
    let guess = take_over_with(&world, &challenge, WRONG).await;
    assert_eq!(refusal(guess), wrong_code());
    let guess = world.verify(&challenge, WRONG).await;
    assert_eq!(refusal(guess), wrong_code());
    still_signed_in().await;

    // Nothing is spent on the answer that somebody is there.
    let code = app.next_code(&world);
    for _ in 0..2 {
        let outcome = world.verify(&challenge, &code).await;
        let elsewhere = (Code::FailedPrecondition, "SESSION_ELSEWHERE".to_owned());
        assert_eq!(refusal(outcome), elsewhere);
    }
    still_signed_in().await;
    let taken = take_over_with(&world, &challenge, &code).await.unwrap();
    let gone = world.refresh(&theirs).await;
    assert_eq!(refusal(gone).1, "REFRESH_REJECTED");
    let again = take_over_with(&world, &challenge, &app.next_code(&world)).await;
    assert_eq!(refusal(again).1, "CHALLENGE_INVALID");
    let successor = taken.tokens.unwrap().refresh_token;
    world.refresh(&successor).await.unwrap();

    let ended = eventually(Duration::from_secs(5), "it is audited", async || {
        let trail = events(&world.live, &owner.account).await;
        let mut ended = trail.into_iter().map(|(_, change)| change);
        ended.find(|change| change.action == "session.ended")
    })
    .await;
    assert_eq!(ended.subject_id, clerk.session);
    assert_eq!(ended.changes[0].after, "TAKEN_OVER");
}

#[tokio::test]
async fn of_many_who_take_over_at_once_one_session_is_left() {
    let world = World::start().await;
    let owner = world.company().await;
    let clerk = world.hire(&owner, &[]).await;
    choose(&owner, SharingPolicy::OneSession.into())
        .await
        .unwrap();
    let email = clerk.user.email.clone();
    let all = join_all((0..6).map(|_| take_over(&world, &email, PASSWORD))).await;
    let mut alive = 0;
    for taken in all {
        let tokens = taken.unwrap().tokens.unwrap();
        let refreshed = world.refresh(&tokens.refresh_token).await;
        alive += u32::from(refreshed.is_ok());
    }
    assert_eq!(alive, 1);
}

#[tokio::test]
async fn a_finding_that_weighs_enough_is_told_once_to_those_who_asked() {
    let world = world().await;
    for (policy, told) in [(SharingPolicy::Observe, 0), (SharingPolicy::Notify, 1)] {
        let mut owner = world.company().await;
        choose(&owner, policy.into()).await.unwrap();
        let shared = shared_login(&world, &mut owner).await;
        for _ in 0..2 {
            world.wait(3600);
            let session = sign_in(&world, &shared.user.email, OFFICE).await;
            refresh(&world, &session.tokens, OFFICE).await.unwrap();
            world.wait(60);
            refresh(&world, &session.tokens, HOME).await.unwrap_err();
        }
        // Whatever is told after this was told before.
        let last = sign_in(&world, &shared.user.email, CAFE).await;
        let reports = eventually(
            Duration::from_secs(5),
            "the trail is complete",
            async || {
                let trail = events(&world.live, &owner.account).await;
                let is_last = |(_, change): &(_, api::access::v1::ChangeEvent)| {
                    change.subject_id == last.session
                };
                trail.iter().any(is_last).then(|| {
                    let of_guard = trail
                        .into_iter()
                        .filter(|(_, change)| change.action == "sharing.finding_reported");
                    of_guard.collect::<Vec<_>>()
                })
            },
        )
        .await;
        assert_eq!(reports.len(), told, "{policy:?}: {reports:#?}");
        for (envelope, change) in reports {
            assert_eq!(envelope.actor, "");
            assert_eq!(
                (change.subject_id, change.network),
                (shared.user.user_id.clone(), String::new())
            );
            let said: Vec<&str> = change
                .changes
                .iter()
                .map(|field| field.after.as_str())
                .collect();
            assert_eq!(said, ["41", "REFRESH_REUSED PARALLEL_SESSIONS"]);
        }
    }
}
