use api::identity::v1::{
    CheckAccessRequest, GetAccessMatrixRequest, Grant, GrantRoleRequest, ListGrantsRequest,
    ResendInvitationRequest, RevokeRoleRequest, Role, SuspendUserRequest, UpdateUserRequest, User,
};
use ids::{GroupId, QueueId};
use prost_types::FieldMask;
use tonic::Code;

use crate::world::{Member, World, fields, is_out, refusal, request_id};

fn forbidden() -> (Code, String) {
    (Code::PermissionDenied, "GRANT_FORBIDDEN".to_owned())
}

fn missing() -> (Code, String) {
    (Code::PermissionDenied, "PERMISSION_MISSING".to_owned())
}

async fn revoke(by: &Member, of: &Member, role: Role) -> Result<(), tonic::Status> {
    let request = RevokeRoleRequest {
        request_id: request_id(),
        user_id: of.user.user_id.clone(),
        role: role.into(),
        role_id: String::new(),
    };
    by.me.access().revoke_role(request).await.map(drop)
}

#[tokio::test]
async fn roles_add_up_and_show_in_the_next_token() {
    let world = World::start().await;
    let owner = world.company().await;
    let clerk = world.hire(&owner, &[Role::Accountant]).await;
    owner
        .grant(&clerk.user.user_id, Role::Technical)
        .await
        .unwrap();
    let account = api::identity::v1::GetAccountRequest {};
    clerk.me.accounts().get_account(account).await.unwrap();

    let tokens = world.refresh(&clerk.tokens.refresh_token).await.unwrap();
    let clerk = Member {
        me: world.holder(&tokens.access_token),
        tokens,
        ..clerk
    };
    let (invited, _) = world.invite(&clerk).await;
    assert!(!invited.user_id.is_empty(), "TECHNICAL may invite");
    let again = world.sign_in(&clerk.user.email).await;
    let roles: Vec<Role> = again.user.roles().collect();
    assert_eq!(roles, [Role::Accountant, Role::Technical, Role::User]);
}

#[tokio::test]
async fn only_the_owner_makes_administrators() {
    let world = World::start().await;
    let owner = world.company().await;
    let admin = world.hire(&owner, &[Role::Admin]).await;
    let user = world.hire(&owner, &[]).await;
    assert_eq!(
        refusal(admin.grant(&user.user.user_id, Role::Admin).await),
        forbidden()
    );
    assert_eq!(
        refusal(admin.grant(&admin.user.user_id, Role::Owner).await),
        forbidden()
    );
    assert_eq!(
        refusal(owner.grant(&user.user.user_id, Role::Owner).await),
        forbidden()
    );
    admin
        .grant(&user.user.user_id, Role::Supervisor)
        .await
        .unwrap();
    owner.grant(&user.user.user_id, Role::Admin).await.unwrap();
    assert_eq!(
        refusal(revoke(&admin, &user, Role::Supervisor).await),
        forbidden(),
        "an admin now"
    );
    assert_eq!(
        refusal(revoke(&admin, &owner, Role::Owner).await),
        forbidden()
    );
    revoke(&owner, &user, Role::Admin).await.unwrap();
    revoke(&admin, &user, Role::Supervisor).await.unwrap();
}

#[tokio::test]
async fn who_may_not_grant_may_not_grant() {
    let world = World::start().await;
    let owner = world.company().await;
    let technical = world.hire(&owner, &[Role::Technical]).await;
    let user = world.hire(&owner, &[]).await;
    for member in [&technical, &user] {
        assert_eq!(
            refusal(member.grant(&user.user.user_id, Role::Accountant).await),
            missing()
        );
    }
}

#[tokio::test]
async fn a_role_taken_away_cannot_be_handed_on_in_the_last_minutes_of_a_token() {
    let world = World::start().await;
    let owner = world.company().await;
    let admin = world.hire(&owner, &[Role::Admin]).await;
    let friend = world.hire(&owner, &[]).await;
    revoke(&owner, &admin, Role::Admin).await.unwrap();
    is_out(
        admin.grant(&friend.user.user_id, Role::Supervisor).await,
        missing(),
    );

    let gone = world.hire(&owner, &[Role::Admin]).await;
    let suspend = SuspendUserRequest {
        request_id: request_id(),
        user_id: gone.user.user_id.clone(),
        hand_over_to: String::new(),
    };
    owner.me.users().suspend_user(suspend).await.unwrap();
    let outcome = gone.grant(&friend.user.user_id, Role::Supervisor).await;
    is_out(outcome, (Code::Unauthenticated, "TOKEN_INVALID".to_owned()));
}

#[tokio::test]
async fn nobody_takes_over_somebody_who_may_more() {
    let world = World::start().await;
    let owner = world.company().await;
    let technical = world.hire(&owner, &[Role::Technical]).await;
    let (future_admin, _) = world.invite(&owner).await;
    owner
        .grant(&future_admin.user_id, Role::Admin)
        .await
        .unwrap();
    let (future_supervisor, _) = world.invite(&owner).await;
    owner
        .grant(&future_supervisor.user_id, Role::Supervisor)
        .await
        .unwrap();

    for user in [&future_admin, &future_supervisor] {
        let resend = ResendInvitationRequest {
            request_id: request_id(),
            user_id: user.user_id.clone(),
        };
        assert_eq!(
            refusal(technical.me.users().resend_invitation(resend).await),
            forbidden()
        );
        let current = user_of(&owner, &user.user_id).await;
        let rename = UpdateUserRequest {
            request_id: request_id(),
            user: Some(User {
                email: world.address(),
                ..current
            }),
            update_mask: Some(FieldMask {
                paths: vec!["email".to_owned()],
            }),
        };
        assert_eq!(
            refusal(technical.me.users().update_user(rename).await),
            forbidden()
        );
    }
}

async fn user_of(member: &Member, user_id: &str) -> User {
    let request = api::identity::v1::GetUserRequest {
        user_id: user_id.to_owned(),
    };
    member
        .me
        .users()
        .get_user(request)
        .await
        .unwrap()
        .into_inner()
}

#[tokio::test]
async fn a_supervisor_covers_what_was_granted_and_the_last_grant_counts() {
    let world = World::start().await;
    let owner = world.company().await;
    let lead = world.hire(&owner, &[]).await;
    let (queue, group) = (
        QueueId::generate().to_string(),
        GroupId::generate().to_string(),
    );
    let grant = |ids: &[&String]| GrantRoleRequest {
        request_id: request_id(),
        grant: Some(Grant {
            user_id: lead.user.user_id.clone(),
            role: Role::Supervisor.into(),
            group_ids: ids.iter().map(ToString::to_string).collect(),
            ..Grant::default()
        }),
    };
    let first = owner
        .me
        .access()
        .grant_role(grant(&[&queue, &group, &queue]))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        first.group_ids,
        [group.clone(), queue.clone()],
        "sorted, once each"
    );
    assert_eq!(first.granted_by, owner.user.user_id);
    owner
        .me
        .access()
        .grant_role(grant(&[&group]))
        .await
        .unwrap();

    let list = ListGrantsRequest {
        user_id: lead.user.user_id.clone(),
        ..ListGrantsRequest::default()
    };
    let grants = owner
        .me
        .access()
        .list_grants(list)
        .await
        .unwrap()
        .into_inner()
        .grants;
    assert_eq!(grants.len(), 1);
    assert_eq!(grants[0].group_ids, [group]);
}

#[tokio::test]
async fn what_a_grant_covers_is_checked_with_its_place_in_the_list() {
    let world = World::start().await;
    let owner = world.company().await;
    let grant = |role: Role, ids: &[&str]| GrantRoleRequest {
        request_id: request_id(),
        grant: Some(Grant {
            user_id: owner.user.user_id.clone(),
            role: role.into(),
            group_ids: ids.iter().map(ToString::to_string).collect(),
            ..Grant::default()
        }),
    };
    let queue = QueueId::generate().to_string();
    let wrong = owner
        .me
        .access()
        .grant_role(grant(Role::Supervisor, &[&queue, "usr_x", ""]))
        .await;
    assert_eq!(fields(wrong), ["grant.group_ids[1]", "grant.group_ids[2]"]);
    let wrong = owner
        .me
        .access()
        .grant_role(grant(Role::Technical, &[&queue]))
        .await;
    assert_eq!(fields(wrong), ["grant.group_ids"]);
    let wrong = owner
        .me
        .access()
        .grant_role(grant(Role::Unspecified, &[]))
        .await;
    assert_eq!(fields(wrong), ["grant.role"]);
}

#[tokio::test]
async fn grants_are_listed_in_pages() {
    let world = World::start().await;
    let owner = world.company().await;
    for _ in 0..2 {
        let (user, _) = world.invite(&owner).await;
        owner.grant(&user.user_id, Role::Technical).await.unwrap();
        owner.grant(&user.user_id, Role::Accountant).await.unwrap();
    }
    let (mut token, mut seen) = (String::new(), Vec::new());
    loop {
        let request = ListGrantsRequest {
            page_size: 2,
            page_token: token,
            user_id: String::new(),
        };
        let page = owner
            .me
            .access()
            .list_grants(request)
            .await
            .unwrap()
            .into_inner();
        assert!(page.grants.len() <= 2);
        seen.extend(
            page.grants
                .into_iter()
                .map(|grant| (grant.user_id, grant.role)),
        );
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen.len(), 5, "the owner's and four more");
    let mut unique = seen.clone();
    unique.dedup();
    assert_eq!(unique, seen);
}

#[tokio::test]
async fn whoever_is_refused_can_ask_why() {
    let world = World::start().await;
    let owner = world.company().await;
    let user = world.hire(&owner, &[]).await;
    let ask = CheckAccessRequest {
        method: "/strowger.identity.v1.UserService/InviteUser".to_owned(),
    };
    let allowed = owner
        .me
        .access()
        .check_access(ask.clone())
        .await
        .unwrap()
        .into_inner();
    assert!(allowed.allowed && allowed.explanation.is_empty());
    let refused = user
        .me
        .access()
        .check_access(ask)
        .await
        .unwrap()
        .into_inner();
    assert!(!refused.allowed);
    assert!(
        refused.explanation.contains("USERS_MANAGE"),
        "{}",
        refused.explanation
    );
    let unknown = CheckAccessRequest {
        method: "/nowhere".to_owned(),
    };
    assert_eq!(
        fields(owner.me.access().check_access(unknown).await),
        ["method"]
    );
}

#[tokio::test]
async fn the_matrix_has_every_method_of_the_mesh_once() {
    let world = World::start().await;
    let owner = world.company().await;
    let matrix = owner
        .me
        .access()
        .get_access_matrix(GetAccessMatrixRequest {})
        .await
        .unwrap()
        .into_inner();
    let methods: Vec<&str> = matrix.rows.iter().map(|row| row.method.as_str()).collect();
    assert_eq!(
        methods,
        api::policy::TABLE
            .iter()
            .map(|policy| policy.path)
            .collect::<Vec<_>>()
    );
    let grant = matrix
        .rows
        .iter()
        .find(|row| row.method.ends_with("/GrantRole"))
        .unwrap();
    let holders: Vec<Role> = grant.roles.iter().map(|reach| reach.role()).collect();
    assert_eq!(holders, [Role::Owner, Role::Admin]);
}
