//! I9: the same request twice, the same answer twice, one effect.

use api::identity::v1::{GetSeatUsageRequest, SuspendUserRequest};
use futures::future::join_all;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use tonic::Code;

use crate::world::{PASSWORD, World, founding, invitation, refusal, request_id};

#[tokio::test]
async fn a_repeated_invitation_is_the_same_invitation() {
    let world = World::start().await;
    let owner = world.company().await;
    let request = invitation(&world.address());
    let first = owner
        .me
        .users()
        .invite_user(request.clone())
        .await
        .unwrap()
        .into_inner();
    let again = owner
        .me
        .users()
        .invite_user(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first, again);
    let used = owner
        .me
        .accounts()
        .get_seat_usage(GetSeatUsageRequest {})
        .await
        .unwrap()
        .into_inner()
        .used;
    assert_eq!(used, 2);
    world.join(&again.invitation_token, PASSWORD).await.unwrap();
    let late = owner
        .me
        .users()
        .invite_user(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(late, first, "the answer of then, not of now");
}

#[tokio::test]
async fn repeats_at_the_same_time_have_one_effect() {
    let world = World::start().await;
    let owner = world.company().await;
    let request = invitation(&world.address());
    let answers = join_all((0..6).map(|_| {
        let (mut users, request) = (owner.me.users(), request.clone());
        async move { users.invite_user(request).await.unwrap().into_inner() }
    }))
    .await;
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn a_request_id_is_for_one_request() {
    let world = World::start().await;
    let owner = world.company().await;
    let request = invitation(&world.address());
    owner.me.users().invite_user(request.clone()).await.unwrap();
    let mut other = invitation(&world.address());
    other.request_id = request.request_id;
    let outcome = owner.me.users().invite_user(other).await;
    assert_eq!(
        refusal(outcome),
        (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned())
    );
}

#[tokio::test]
async fn a_verb_repeated_is_no_conflict() {
    let world = World::start().await;
    let owner = world.company().await;
    let clerk = world.hire(&owner, &[]).await;
    let request = SuspendUserRequest {
        request_id: request_id(),
        user_id: clerk.user.user_id,
        hand_over_to: String::new(),
    };
    let first = owner
        .me
        .users()
        .suspend_user(request.clone())
        .await
        .unwrap()
        .into_inner();
    let again = owner
        .me
        .users()
        .suspend_user(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first, again);
    let anew = SuspendUserRequest {
        request_id: request_id(),
        ..request
    };
    let outcome = owner.me.users().suspend_user(anew).await;
    assert_eq!(
        refusal(outcome),
        (Code::FailedPrecondition, "USER_STATE_CONFLICT".to_owned())
    );
}

#[tokio::test]
async fn a_failed_request_may_be_repeated() {
    let world = World::start().await;
    let owner = world
        .company_with(|request| request.account.as_mut().unwrap().seats = 1)
        .await;
    let request = invitation(&world.address());
    let full = owner.me.users().invite_user(request.clone()).await;
    assert_eq!(refusal(full).0, Code::FailedPrecondition);
    let again = owner.me.users().invite_user(request).await;
    assert_eq!(
        refusal(again).0,
        Code::FailedPrecondition,
        "the failure was not kept as an answer"
    );
}

#[tokio::test]
async fn a_company_is_founded_once() {
    let world = World::start().await;
    let mut request = founding(&world.address());
    request.owner_password = String::new();
    let first = world.found(request.clone()).await.unwrap();
    assert_eq!(world.found(request.clone()).await.unwrap(), first);
    request.owner_password = PASSWORD.to_owned();
    let other = world.found(request).await;
    assert_eq!(
        refusal(other),
        (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned())
    );
}

#[tokio::test]
async fn no_kept_answer_holds_a_secret() {
    let world = World::start().await;
    let owner = world.company().await;
    let (_, token) = world.invite(&owner).await;
    let secret = token.trim_start_matches("sit_");
    let store = world.database.store().await;
    let find = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT 1 FROM replay WHERE position($1::bytea IN response) > 0",
        [secret.as_bytes().to_vec().into()],
    );
    assert!(store.query_all_raw(find).await.unwrap().is_empty());
}
