use api::identity::v1::{
    DeactivateUserRequest, GetUserRequest, ListUsersRequest, ResumeUserRequest, Role,
    SuspendUserRequest, UpdateUserRequest, User, UserState,
};
use prost_types::FieldMask;
use tonic::Code;

use crate::world::{Member, PASSWORD, World, fields, invitation, refusal, request_id};

fn update(user: User, paths: &[&str]) -> UpdateUserRequest {
    let paths = paths.iter().map(ToString::to_string).collect();
    UpdateUserRequest {
        request_id: request_id(),
        user: Some(user),
        update_mask: Some(FieldMask { paths }),
    }
}

async fn suspend(by: &Member, user: &User) -> Result<User, tonic::Status> {
    let request = SuspendUserRequest {
        request_id: request_id(),
        user_id: user.user_id.clone(),
        hand_over_to: String::new(),
    };
    Ok(by.me.users().suspend_user(request).await?.into_inner())
}

async fn deactivate(by: &Member, user: &User) -> Result<User, tonic::Status> {
    let request = DeactivateUserRequest {
        request_id: request_id(),
        user_id: user.user_id.clone(),
        hand_over_to: String::new(),
    };
    Ok(by.me.users().deactivate_user(request).await?.into_inner())
}

#[tokio::test]
async fn a_suspended_person_is_out_until_resumed() {
    let world = World::start().await;
    let owner = world.company().await;
    let clerk = world.hire(&owner, &[]).await;
    let suspended = suspend(&owner, &clerk.user).await.unwrap();
    assert_eq!(suspended.state(), UserState::Suspended);
    assert!(world.refresh(&clerk.tokens.refresh_token).await.is_err());
    assert!(
        world
            .try_sign_in(&clerk.user.email, PASSWORD)
            .await
            .is_err()
    );

    let resume = ResumeUserRequest {
        request_id: request_id(),
        user_id: clerk.user.user_id.clone(),
    };
    let resumed = owner
        .me
        .users()
        .resume_user(resume)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(resumed.state(), UserState::Active);
    assert!(
        world.refresh(&clerk.tokens.refresh_token).await.is_err(),
        "old sessions stay ended"
    );
    world.sign_in(&clerk.user.email).await;
}

#[tokio::test]
async fn who_has_left_stays_known_and_the_address_is_free() {
    let world = World::start().await;
    let owner = world.company().await;
    let clerk = world.hire(&owner, &[Role::Technical]).await;
    let gone = deactivate(&owner, &clerk.user).await.unwrap();
    assert_eq!(gone.state(), UserState::Deactivated);
    assert_eq!(gone.roles, [i32::from(Role::User)]);
    assert!(
        world
            .try_sign_in(&clerk.user.email, PASSWORD)
            .await
            .is_err()
    );
    let get = GetUserRequest {
        user_id: clerk.user.user_id.clone(),
    };
    assert_eq!(
        owner
            .me
            .users()
            .get_user(get)
            .await
            .unwrap()
            .into_inner()
            .last_name,
        "Invited"
    );

    let successor = owner
        .me
        .users()
        .invite_user(invitation(&clerk.user.email))
        .await
        .unwrap()
        .into_inner();
    assert_ne!(successor.user.unwrap().user_id, clerk.user.user_id);
    let again = deactivate(&owner, &clerk.user).await;
    assert_eq!(
        refusal(again),
        (Code::FailedPrecondition, "USER_STATE_CONFLICT".to_owned())
    );
}

#[tokio::test]
async fn the_owner_cannot_vanish() {
    let world = World::start().await;
    let owner = world.company().await;
    let required = (Code::FailedPrecondition, "OWNER_REQUIRED".to_owned());
    assert_eq!(refusal(suspend(&owner, &owner.user).await), required);
    assert_eq!(refusal(deactivate(&owner, &owner.user).await), required);
    let admin = world.hire(&owner, &[Role::Admin]).await;
    let forbidden = (Code::PermissionDenied, "GRANT_FORBIDDEN".to_owned());
    assert_eq!(refusal(suspend(&admin, &owner.user).await), forbidden);
    assert_eq!(
        refusal(deactivate(&admin, &admin.user).await),
        forbidden,
        "an admin is the owner's business"
    );
}

#[tokio::test]
async fn an_update_changes_what_the_mask_names_and_nothing_else() {
    let world = World::start().await;
    let owner = world.company().await;
    let (user, _) = world.invite(&owner).await;
    let wish = User {
        first_name: "Irene".to_owned(),
        last_name: "Ignored".to_owned(),
        job_title: "Support".to_owned(),
        ..user.clone()
    };
    let updated = owner
        .me
        .users()
        .update_user(update(wish, &["first_name", "job_title"]))
        .await;
    let updated = updated.unwrap().into_inner();
    assert_eq!(
        (updated.first_name.as_str(), updated.last_name.as_str()),
        ("Irene", "Invited")
    );
    assert_eq!(updated.job_title, "Support");
    assert_ne!(updated.etag, user.etag);

    let stale = owner
        .me
        .users()
        .update_user(update(user, &["job_title"]))
        .await;
    assert_eq!(refusal(stale), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
}

#[tokio::test]
async fn an_address_belongs_to_one_person_in_the_mesh() {
    let world = World::start().await;
    let (owner, stranger) = (world.company().await, world.company().await);
    let taken = (Code::AlreadyExists, "EMAIL_TAKEN".to_owned());
    let invite = invitation(&stranger.user.email.to_uppercase());
    assert_eq!(refusal(owner.me.users().invite_user(invite).await), taken);
    let (user, _) = world.invite(&owner).await;
    let steal = User {
        email: owner.user.email.clone(),
        ..user.clone()
    };
    assert_eq!(
        refusal(
            owner
                .me
                .users()
                .update_user(update(steal, &["email"]))
                .await
        ),
        taken
    );
    let old = user.email.clone();
    let moved = User {
        email: world.address(),
        ..user
    };
    owner
        .me
        .users()
        .update_user(update(moved, &["email"]))
        .await
        .unwrap();
    owner
        .me
        .users()
        .invite_user(invitation(&old))
        .await
        .unwrap();
}

#[tokio::test]
async fn people_are_listed_in_pages_and_by_state() {
    let world = World::start().await;
    let owner = world.company().await;
    let mut everybody = vec![owner.user.user_id.clone()];
    for _ in 0..4 {
        everybody.push(world.invite(&owner).await.0.user_id);
    }
    let (mut token, mut seen) = (String::new(), Vec::new());
    loop {
        let request = ListUsersRequest {
            page_size: 2,
            page_token: token,
            ..ListUsersRequest::default()
        };
        let page = owner
            .me
            .users()
            .list_users(request)
            .await
            .unwrap()
            .into_inner();
        assert!(page.users.len() <= 2);
        seen.extend(page.users.into_iter().map(|user| user.user_id));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, everybody);
    let active = ListUsersRequest {
        state: UserState::Active.into(),
        ..ListUsersRequest::default()
    };
    let active = owner
        .me
        .users()
        .list_users(active)
        .await
        .unwrap()
        .into_inner()
        .users;
    assert_eq!(active.len(), 1);
    assert!(active[0].roles.contains(&Role::Owner.into()));
}

#[tokio::test]
async fn a_page_token_belongs_to_its_question() {
    let world = World::start().await;
    let (owner, stranger) = (world.company().await, world.company().await);
    world.invite(&owner).await;
    let request = ListUsersRequest {
        page_size: 1,
        ..ListUsersRequest::default()
    };
    let page = owner
        .me
        .users()
        .list_users(request.clone())
        .await
        .unwrap()
        .into_inner();
    let invalid = (Code::InvalidArgument, "PAGE_TOKEN_INVALID".to_owned());
    let with = |token: &str, state: UserState| ListUsersRequest {
        page_token: token.to_owned(),
        state: state.into(),
        ..request.clone()
    };
    let token = page.next_page_token;
    let other_filter = owner
        .me
        .users()
        .list_users(with(&token, UserState::Active))
        .await;
    assert_eq!(refusal(other_filter), invalid);
    let foreign = stranger
        .me
        .users()
        .list_users(with(&token, UserState::Unspecified))
        .await;
    assert_eq!(refusal(foreign), invalid);
    for forged in ["x", "AAAA", &token[1..]] {
        let outcome = owner
            .me
            .users()
            .list_users(with(forged, UserState::Unspecified))
            .await;
        assert_eq!(refusal(outcome), invalid);
    }
    let negative = ListUsersRequest {
        page_size: -1,
        ..ListUsersRequest::default()
    };
    assert_eq!(
        fields(owner.me.users().list_users(negative).await),
        ["page_size"]
    );
    let odd_state = ListUsersRequest {
        state: 999,
        ..ListUsersRequest::default()
    };
    assert_eq!(
        fields(owner.me.users().list_users(odd_state).await),
        ["state"]
    );
    let huge = ListUsersRequest {
        page_size: 1_000_000_000,
        ..ListUsersRequest::default()
    };
    assert!(
        owner.me.users().list_users(huge).await.is_ok(),
        "cut to the limit"
    );
}

#[tokio::test]
async fn colleagues_may_read_each_other_and_change_nothing() {
    let world = World::start().await;
    let owner = world.company().await;
    let clerk = world.hire(&owner, &[]).await;
    let get = GetUserRequest {
        user_id: owner.user.user_id.clone(),
    };
    assert_eq!(
        clerk
            .me
            .users()
            .get_user(get)
            .await
            .unwrap()
            .into_inner()
            .first_name,
        "Olive"
    );
    let missing = (Code::PermissionDenied, "PERMISSION_MISSING".to_owned());
    assert_eq!(refusal(suspend(&clerk, &owner.user).await), missing);
    let change = update(clerk.user.clone(), &["job_title"]);
    assert_eq!(refusal(clerk.me.users().update_user(change).await), missing);
}
