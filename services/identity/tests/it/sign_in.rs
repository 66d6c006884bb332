use api::identity::v1::{
    ChangePasswordRequest, EndSessionRequest, ListSessionsRequest, SignInRequest, SignOutRequest,
    SuspendUserRequest,
};
use tonic::Code;

use crate::world::{PASSWORD, World, fields, refusal, request_id, revoked};

fn rejected() -> (Code, String) {
    (Code::Unauthenticated, "CREDENTIALS_REJECTED".to_owned())
}

#[tokio::test]
async fn the_owner_of_a_new_company_signs_in_and_knows_who_they_are() {
    let world = World::start().await;
    let owner = world.company().await;
    let account = owner
        .me
        .accounts()
        .get_account(api::identity::v1::GetAccountRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!(account.account_id, owner.account);
    assert_eq!(account.owner_id, owner.user.user_id);
    assert_eq!(
        (account.time_zone.as_str(), account.country_code.as_str()),
        ("Etc/UTC", "US")
    );
    let lives = owner.tokens.access_expire_time.unwrap().seconds - world.hands.now().timestamp();
    assert_eq!(lives, 300);
}

#[tokio::test]
async fn unknown_wrong_and_suspended_are_one_answer() {
    let world = World::start().await;
    let owner = world.company().await;
    let suspended = world.hire(&owner, &[]).await;
    let request = SuspendUserRequest {
        request_id: request_id(),
        user_id: suspended.user.user_id.clone(),
        hand_over_to: String::new(),
    };
    owner.me.users().suspend_user(request).await.unwrap();

    let attempts = [
        world.try_sign_in("nobody@example.com", PASSWORD).await,
        world
            .try_sign_in(&owner.user.email, "umbrella tricycle nebula 8")
            .await,
        world.try_sign_in(&owner.user.email, &"x".repeat(500)).await,
        world.try_sign_in(&suspended.user.email, PASSWORD).await,
    ];
    let mut answers = attempts.map(|attempt| attempt.err().unwrap());
    let first = answers[0].clone();
    for answer in &mut answers {
        assert_eq!(
            (answer.code(), answer.message()),
            (first.code(), first.message())
        );
        assert_eq!(answer.details(), first.details());
    }
    assert_eq!(refusal(Err::<(), _>(first)), rejected());
}

#[tokio::test]
async fn an_invited_person_cannot_sign_in_before_they_join() {
    let world = World::start().await;
    let owner = world.company().await;
    let (user, _) = world.invite(&owner).await;
    let outcome = world.try_sign_in(&user.email, PASSWORD).await.map(drop);
    assert_eq!(refusal(outcome), rejected());
}

#[tokio::test]
async fn the_login_is_compared_without_case_and_the_password_with_it() {
    let world = World::start().await;
    let owner = world.company().await;
    assert!(
        world
            .try_sign_in(&owner.user.email.to_uppercase(), PASSWORD)
            .await
            .is_ok()
    );
    let outcome = world
        .try_sign_in(&owner.user.email, &PASSWORD.to_uppercase())
        .await
        .map(drop);
    assert_eq!(refusal(outcome), rejected());
}

#[tokio::test]
async fn a_sign_in_names_every_wrong_field() {
    let world = World::start().await;
    let request = SignInRequest {
        email: "x".to_owned(),
        password: String::new(),
        client_label: "a\nb".to_owned(),
        ..SignInRequest::default()
    };
    let outcome = world.nobody().auth().sign_in(request).await;
    assert_eq!(fields(outcome), ["email", "password", "client_label"]);
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let world = World::start().await;
    let laptop = world.company().await;
    let phone = world.sign_in(&laptop.user.email).await;
    let list = async || {
        let answer = laptop
            .me
            .auth()
            .list_sessions(ListSessionsRequest::default())
            .await
            .unwrap()
            .into_inner();
        answer
            .sessions
            .into_iter()
            .map(|session| session.session_id)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        list().await,
        [phone.session.clone(), laptop.session.clone()]
    );

    let end = EndSessionRequest {
        session_id: phone.session.clone(),
    };
    laptop.me.auth().end_session(end.clone()).await.unwrap();
    assert_eq!(list().await, std::slice::from_ref(&laptop.session));
    let over = world.refresh(&phone.tokens.refresh_token).await;
    assert_eq!(
        refusal(over),
        (Code::Unauthenticated, "REFRESH_REJECTED".to_owned())
    );
    let again = laptop.me.auth().end_session(end).await;
    assert_eq!(
        refusal(again),
        (Code::NotFound, "SESSION_NOT_FOUND".to_owned())
    );

    laptop.me.auth().sign_out(SignOutRequest {}).await.unwrap();
    if let Err(again) = laptop.me.auth().sign_out(SignOutRequest {}).await {
        assert_eq!(refusal(Err::<(), _>(again)), revoked());
    }
    assert!(world.refresh(&laptop.tokens.refresh_token).await.is_err());
}

#[tokio::test]
async fn sessions_come_in_pages() {
    let world = World::start().await;
    let owner = world.company().await;
    let second = world.sign_in(&owner.user.email).await;
    let request = ListSessionsRequest {
        page_size: 1,
        page_token: String::new(),
    };
    let first = owner
        .me
        .auth()
        .list_sessions(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first.sessions[0].session_id, second.session);
    let request = ListSessionsRequest {
        page_size: 1,
        page_token: first.next_page_token,
    };
    let last = owner
        .me
        .auth()
        .list_sessions(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(last.sessions[0].session_id, owner.session);
    assert_eq!(last.next_page_token, "");
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let world = World::start().await;
    let here = world.company().await;
    let elsewhere = world.sign_in(&here.user.email).await;
    let change = |current: &str, new: &str| ChangePasswordRequest {
        current_password: current.to_owned(),
        new_password: new.to_owned(),
    };
    let wrong = here
        .me
        .auth()
        .change_password(change("not my password", "entirely new words 42"))
        .await;
    assert_eq!(refusal(wrong), rejected());
    let common = here
        .me
        .auth()
        .change_password(change(PASSWORD, "password1234"))
        .await
        .map(drop);
    assert_eq!(fields(common.clone()), ["new_password"]);
    assert_eq!(
        refusal(common),
        (Code::InvalidArgument, "PASSWORD_UNACCEPTABLE".to_owned())
    );

    here.me
        .auth()
        .change_password(change(PASSWORD, "entirely new words 42"))
        .await
        .unwrap();
    assert!(world.refresh(&here.tokens.refresh_token).await.is_ok());
    assert!(
        world
            .refresh(&elsewhere.tokens.refresh_token)
            .await
            .is_err()
    );
    assert!(world.try_sign_in(&here.user.email, PASSWORD).await.is_err());
    assert!(
        world
            .try_sign_in(&here.user.email, "entirely new words 42")
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn an_access_token_ends_after_five_minutes() {
    let world = World::start().await;
    let owner = world.company().await;
    world.wait(299);
    assert!(
        owner
            .me
            .auth()
            .list_sessions(ListSessionsRequest::default())
            .await
            .is_ok()
    );
    world.wait(2);
    let late = owner
        .me
        .auth()
        .list_sessions(ListSessionsRequest::default())
        .await;
    assert_eq!(
        refusal(late),
        (Code::Unauthenticated, "TOKEN_EXPIRED".to_owned())
    );
}
