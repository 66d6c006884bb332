use api::identity::v1::{
    Account, AccountState, GetAccountRequest, ResumeAccountRequest, Role, SuspendAccountRequest,
    TransferOwnershipRequest, UpdateAccountRequest,
};
use ids::AccountId;
use prost_types::FieldMask;
use tonic::{Code, Status};

use crate::world::{Member, PASSWORD, World, is_out, refusal, request_id};

async fn suspend(world: &World, account: &str) -> Result<Account, Status> {
    let request = SuspendAccountRequest {
        request_id: request_id(),
        account_id: account.to_owned(),
    };
    Ok(world
        .platform()
        .await
        .accounts()
        .suspend_account(request)
        .await?
        .into_inner())
}

async fn transfer(by: &Member, heir: &str) -> Result<Account, Status> {
    let request = TransferOwnershipRequest {
        request_id: request_id(),
        user_id: heir.to_owned(),
    };
    Ok(by
        .me
        .accounts()
        .transfer_ownership(request)
        .await?
        .into_inner())
}

#[tokio::test]
async fn settings_change_by_mask_and_etag() {
    let world = World::start().await;
    let owner = world.company().await;
    let before = owner
        .me
        .accounts()
        .get_account(GetAccountRequest {})
        .await
        .unwrap()
        .into_inner();
    let wish = Account {
        display_name: "Acme Telephones".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        country_code: "DE".to_owned(),
        seats: 1,
        ..before.clone()
    };
    let paths = ["display_name", "time_zone", "country_code"]
        .map(str::to_owned)
        .to_vec();
    let update = || UpdateAccountRequest {
        request_id: request_id(),
        account: Some(wish.clone()),
        update_mask: Some(FieldMask {
            paths: paths.clone(),
        }),
    };
    let after = owner
        .me
        .accounts()
        .update_account(update())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (after.display_name.as_str(), after.time_zone.as_str()),
        ("Acme Telephones", "Europe/Berlin")
    );
    assert_eq!(
        (after.country_code.as_str(), after.seats),
        ("DE", before.seats)
    );
    let stale = owner.me.accounts().update_account(update()).await;
    assert_eq!(refusal(stale), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
}

#[tokio::test]
async fn a_suspended_company_is_out_until_resumed() {
    let world = World::start().await;
    let owner = world.company().await;
    let (_, invitation) = world.invite(&owner).await;
    let suspended = suspend(&world, &owner.account).await.unwrap();
    assert_eq!(suspended.state(), AccountState::Suspended);
    assert!(world.refresh(&owner.tokens.refresh_token).await.is_err());
    let outcome = world
        .try_sign_in(&owner.user.email, PASSWORD)
        .await
        .map(drop);
    assert_eq!(
        refusal(outcome),
        (Code::Unauthenticated, "CREDENTIALS_REJECTED".to_owned())
    );
    let outcome = world.join(&invitation, PASSWORD).await;
    assert_eq!(
        refusal(outcome),
        (Code::NotFound, "INVITATION_INVALID".to_owned())
    );
    let conflict = (
        Code::FailedPrecondition,
        "ACCOUNT_STATE_CONFLICT".to_owned(),
    );
    assert_eq!(refusal(suspend(&world, &owner.account).await), conflict);

    let resume = ResumeAccountRequest {
        request_id: request_id(),
        account_id: owner.account.clone(),
    };
    world
        .platform()
        .await
        .accounts()
        .resume_account(resume)
        .await
        .unwrap();
    world.sign_in(&owner.user.email).await;
    world.join(&invitation, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn the_platform_cannot_suspend_what_is_not_there() {
    let world = World::start().await;
    let outcome = suspend(&world, &AccountId::generate().to_string()).await;
    assert_eq!(
        refusal(outcome),
        (Code::NotFound, "ACCOUNT_NOT_FOUND".to_owned())
    );
}

#[tokio::test]
async fn ownership_is_handed_over_and_never_doubled() {
    let world = World::start().await;
    let owner = world.company().await;
    let heir = world.hire(&owner, &[]).await;
    let account = transfer(&owner, &heir.user.user_id).await.unwrap();
    assert_eq!(account.owner_id, heir.user.user_id);

    let missing = (Code::PermissionDenied, "PERMISSION_MISSING".to_owned());
    // With a token from before.
    is_out(transfer(&owner, &owner.user.user_id).await, missing);
    let (before, after) = (
        world.sign_in(&owner.user.email).await,
        world.sign_in(&heir.user.email).await,
    );
    let roles = |member: &Member| member.user.roles().collect::<Vec<_>>();
    assert_eq!(roles(&before), [Role::Admin, Role::User]);
    assert_eq!(roles(&after), [Role::Owner, Role::User]);
    after
        .grant(&before.user.user_id, Role::Technical)
        .await
        .unwrap();
}

#[tokio::test]
async fn only_somebody_active_can_become_the_owner() {
    let world = World::start().await;
    let owner = world.company().await;
    let (invited, _) = world.invite(&owner).await;
    let conflict = (Code::FailedPrecondition, "USER_STATE_CONFLICT".to_owned());
    assert_eq!(refusal(transfer(&owner, &invited.user_id).await), conflict);
    let admin = world.hire(&owner, &[Role::Admin]).await;
    let missing = (Code::PermissionDenied, "PERMISSION_MISSING".to_owned());
    assert_eq!(
        refusal(transfer(&admin, &admin.user.user_id).await),
        missing
    );
}
