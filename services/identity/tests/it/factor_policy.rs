//! A company decides who must have a second factor.

use api::identity::v1::{
    Account, DisableTotpRequest, GetAccountRequest, Role, UpdateAccountRequest,
    disable_totp_request::Proof,
};
use prost_types::FieldMask;
use tonic::{Code, Status};

use crate::{
    authenticator::{Authenticator, WRONG},
    factors::wrong_code,
    world::{Member, PASSWORD, World, fields, refusal, request_id},
};

async fn demand(by: &Member, roles: &[i32]) -> Result<Account, Status> {
    let mut accounts = by.me.accounts();
    let before = accounts
        .get_account(GetAccountRequest {})
        .await?
        .into_inner();
    let update = UpdateAccountRequest {
        request_id: request_id(),
        account: Some(Account {
            second_factor_roles: roles.to_vec(),
            ..before
        }),
        update_mask: Some(FieldMask {
            paths: vec!["second_factor_roles".to_owned()],
        }),
    };
    Ok(accounts.update_account(update).await?.into_inner())
}

#[tokio::test]
async fn whoever_must_have_a_factor_sets_it_up_at_the_door() {
    let world = World::start().await;
    let owner = world.company().await;
    let (admin, clerk) = (
        world.hire(&owner, &[Role::Admin]).await,
        world.hire(&owner, &[]).await,
    );
    let account = demand(&owner, &[Role::Admin.into()]).await.unwrap();
    assert_eq!(account.second_factor_roles, [i32::from(Role::Admin)]);
    world.sign_in(&clerk.user.email).await;
    assert!(world.refresh(&clerk.tokens.refresh_token).await.is_ok());

    let refused = world.refresh(&admin.tokens.refresh_token).await;
    assert_eq!(
        refusal(refused),
        (Code::Unauthenticated, "REFRESH_REJECTED".to_owned())
    );
    let challenge = world.challenge(&admin.user.email).await;
    let elsewhere = world.challenge(&admin.user.email).await;
    let app = Authenticator::scan(challenge.enrolment.as_ref().unwrap());
    let other = Authenticator::scan(elsewhere.enrolment.as_ref().unwrap());
    assert_ne!(app.secret, other.secret, "each offer is its own");
    for wrong in [WRONG, &other.code(&world), "7k3m-x2qv-0b9d-hw5t"] {
        assert_eq!(refusal(world.verify(&challenge, wrong).await), wrong_code());
    }
    let code = app.code(&world);
    let answer = world.verify(&challenge, &code).await.unwrap();
    assert_eq!(answer.recovery_codes.len(), 10);
    assert_eq!(answer.user.unwrap().user_id, admin.user.user_id);
    assert!(
        world.refresh(&admin.tokens.refresh_token).await.is_ok(),
        "the session from before goes on"
    );

    let late = world.verify(&elsewhere, &other.code(&world)).await;
    assert_eq!(
        refusal(late),
        (Code::Unauthenticated, "CHALLENGE_INVALID".to_owned()),
        "the first that was confirmed counts"
    );
    let challenge = world.challenge(&admin.user.email).await;
    assert_eq!(challenge.enrolment, None);
    let again = world.verify(&challenge, &answer.recovery_codes[0]).await;
    assert!(again.is_ok());
}

#[tokio::test]
async fn what_the_company_demands_nobody_gives_up() {
    let world = World::start().await;
    let owner = world.company().await;
    let (app, _) = owner.secure(&world).await;
    demand(&owner, &[Role::User.into()]).await.unwrap();
    let disable = async |proof| {
        let request = DisableTotpRequest { proof: Some(proof) };
        owner.me.auth().disable_totp(request).await.map(drop)
    };
    let required = (Code::FailedPrecondition, "FACTOR_REQUIRED".to_owned());
    let password = || Proof::CurrentPassword(PASSWORD.to_owned());
    assert_eq!(refusal(disable(password()).await), required);
    let code = Proof::Code(app.next_code(&world));
    assert_eq!(refusal(disable(code).await), required);
    demand(&owner, &[]).await.unwrap();
    disable(password()).await.unwrap();
}

#[tokio::test]
async fn a_company_is_founded_with_its_policy() {
    let world = World::start().await;
    let mut request = crate::world::founding(&world.address());
    let email = request.owner_email.clone();
    request.account.as_mut().unwrap().second_factor_roles =
        vec![Role::User.into(), Role::Owner.into(), Role::User.into()];
    let account = world.found(request).await.unwrap().account.unwrap();
    assert_eq!(
        account.second_factor_roles,
        [i32::from(Role::Owner), i32::from(Role::User)],
        "sorted, each once"
    );
    assert!(world.challenge(&email).await.enrolment.is_some());
}

#[tokio::test]
async fn only_roles_can_be_demanded_and_only_by_those_who_manage() {
    let world = World::start().await;
    let owner = world.company().await;
    for (roles, field) in [
        (vec![1, 0], "account.second_factor_roles[1]"),
        (vec![999], "account.second_factor_roles[0]"),
        (vec![1; 7], "account.second_factor_roles"),
    ] {
        assert_eq!(fields(demand(&owner, &roles).await), [field]);
    }
    let technician = world.hire(&owner, &[Role::Technical]).await;
    let outcome = demand(&technician, &[]).await;
    assert_eq!(
        refusal(outcome),
        (Code::PermissionDenied, "PERMISSION_MISSING".to_owned())
    );
}
