use api::identity::v1::{ResendInvitationRequest, Role, UserState};
use tonic::Code;

use crate::world::{PASSWORD, World, fields, founding, refusal, request_id};

fn invalid() -> (Code, String) {
    (Code::NotFound, "INVITATION_INVALID".to_owned())
}

#[tokio::test]
async fn invited_joined_signed_in() {
    let world = World::start().await;
    let owner = world.company().await;
    let (invited, token) = world.invite(&owner).await;
    assert_eq!(invited.state(), UserState::Invited);
    let joined = world.join(&token, PASSWORD).await.unwrap();
    assert_eq!(joined.state(), UserState::Active);
    assert_eq!(joined.user_id, invited.user_id);
    let member = world.sign_in(&invited.email).await;
    assert_eq!(member.account, owner.account);
    assert_eq!(member.user.roles, [i32::from(Role::User)]);
}

#[tokio::test]
async fn an_owner_without_a_password_joins_with_the_invitation() {
    let world = World::start().await;
    let mut request = founding(&world.address());
    let email = request.owner_email.clone();
    request.owner_password = String::new();
    let answer = world.found(request).await.unwrap();
    assert_eq!(answer.owner.unwrap().state(), UserState::Invited);
    world
        .join(&answer.owner_invitation_token, PASSWORD)
        .await
        .unwrap();
    assert!(
        world
            .sign_in(&email)
            .await
            .user
            .roles
            .contains(&Role::Owner.into())
    );
}

#[tokio::test]
async fn an_invitation_is_good_once() {
    let world = World::start().await;
    let owner = world.company().await;
    let (_, token) = world.invite(&owner).await;
    world.join(&token, PASSWORD).await.unwrap();
    assert_eq!(refusal(world.join(&token, PASSWORD).await), invalid());
}

#[tokio::test]
async fn two_who_race_for_one_invitation_do_not_both_win() {
    let world = World::start().await;
    let owner = world.company().await;
    let (_, token) = world.invite(&owner).await;
    let (one, other) = tokio::join!(
        world.join(&token, PASSWORD),
        world.join(&token, "another good password 9")
    );
    assert!(one.is_ok() != other.is_ok());
}

#[tokio::test]
async fn an_invitation_ends_after_seven_days() {
    let world = World::start().await;
    let owner = world.company().await;
    let (_, token) = world.invite(&owner).await;
    world.wait(7 * 24 * 3600);
    assert_eq!(refusal(world.join(&token, PASSWORD).await), invalid());
}

#[tokio::test]
async fn a_new_invitation_ends_the_older_one() {
    let world = World::start().await;
    let owner = world.company().await;
    let (user, old) = world.invite(&owner).await;
    let resend = || ResendInvitationRequest {
        request_id: request_id(),
        user_id: user.user_id.clone(),
    };
    let new = owner
        .me
        .users()
        .resend_invitation(resend())
        .await
        .unwrap()
        .into_inner()
        .invitation_token;
    assert_eq!(refusal(world.join(&old, PASSWORD).await), invalid());
    world.join(&new, PASSWORD).await.unwrap();
    let again = owner.me.users().resend_invitation(resend()).await;
    assert_eq!(
        refusal(again),
        (Code::FailedPrecondition, "USER_STATE_CONFLICT".to_owned())
    );
}

#[tokio::test]
async fn a_password_must_be_good_enough() {
    let world = World::start().await;
    let owner = world.company().await;
    let (user, token) = world.invite(&owner).await;
    for bad in ["short", "password1234", &user.email, &"x".repeat(129)] {
        let outcome = world.join(&token, bad).await;
        assert_eq!(fields(outcome.clone()), ["password"]);
        assert_eq!(
            refusal(outcome),
            (Code::InvalidArgument, "PASSWORD_UNACCEPTABLE".to_owned())
        );
    }
    assert!(
        world.join(&token, PASSWORD).await.is_ok(),
        "a refused password does not use the invitation up"
    );
}

#[tokio::test]
async fn guessed_tokens_open_nothing() {
    let world = World::start().await;
    let owner = world.company().await;
    let (_, token) = world.invite(&owner).await;
    let mut near = token.clone();
    let last = near.pop().unwrap();
    near.push(if last == 'A' { 'Q' } else { 'A' });
    for bad in [near.as_str(), "sit_", "x", &owner.tokens.refresh_token] {
        assert_eq!(refusal(world.join(bad, PASSWORD).await), invalid());
    }
}
