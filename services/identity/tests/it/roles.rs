//! Roles that a company makes for itself.

use access::{Covered, KeySet, PublicKey, Reach, TOKEN_BYTES_MAX, Verifier};
use api::{
    access::v1::{Permission, Scope},
    identity::v1::{
        CheckAccessRequest, CreateRoleRequest, CustomRole, DeleteRoleRequest, GetRoleRequest,
        Grant, GrantRoleRequest, ListGrantsRequest, ListPermissionsRequest, ListRolesRequest,
        ListSigningKeysRequest, RevokeRoleRequest, Role, RolePermission, UpdateRoleRequest,
    },
};
use ids::QueueId;
use prost_types::FieldMask;
use tonic::{Code, Status};

use crate::world::{Member, World, fields, refusal, request_id};

fn permission((permission, reach): (Permission, Scope)) -> RolePermission {
    RolePermission {
        permission: permission.into(),
        reach: reach.into(),
    }
}

fn role(permissions: &[(Permission, Scope)]) -> CustomRole {
    CustomRole {
        display_name: "Listener".to_owned(),
        permissions: permissions.iter().copied().map(permission).collect(),
        ..CustomRole::default()
    }
}

async fn make(by: &Member, role: CustomRole) -> Result<CustomRole, Status> {
    let request = CreateRoleRequest {
        request_id: request_id(),
        role: Some(role),
    };
    let answer = by.me.access().create_role(request).await;
    answer.map(tonic::Response::into_inner)
}

async fn edit(
    by: &Member,
    role: &CustomRole,
    permissions: &[(Permission, Scope)],
) -> Result<CustomRole, Status> {
    let request = UpdateRoleRequest {
        request_id: request_id(),
        role: Some(CustomRole {
            permissions: permissions.iter().copied().map(permission).collect(),
            ..role.clone()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["permissions".to_owned()],
        }),
    };
    let answer = by.me.access().update_role(request).await;
    answer.map(tonic::Response::into_inner)
}

async fn delete(by: &Member, role: &CustomRole, force: bool) -> Result<(), Status> {
    let request = DeleteRoleRequest {
        request_id: request_id(),
        role_id: role.role_id.clone(),
        force,
    };
    by.me.access().delete_role(request).await.map(drop)
}

async fn grant(
    by: &Member,
    to: &Member,
    role: &CustomRole,
    covers: &[Covered],
) -> Result<Grant, Status> {
    let grant = Grant {
        user_id: to.user.user_id.clone(),
        role_id: role.role_id.clone(),
        group_ids: covers.iter().map(ToString::to_string).collect(),
        ..Grant::default()
    };
    let request = GrantRoleRequest {
        request_id: request_id(),
        grant: Some(grant),
    };
    let answer = by.me.access().grant_role(request).await;
    answer.map(tonic::Response::into_inner)
}

async fn refreshed(world: &World, member: Member) -> Member {
    let tokens = world.refresh(&member.tokens.refresh_token).await.unwrap();
    Member {
        me: world.holder(&tokens.access_token),
        tokens,
        ..member
    }
}

async fn verifier(world: &World) -> Verifier {
    let keys = world.nobody().keys();
    let keys = keys
        .clone()
        .list_signing_keys(ListSigningKeysRequest {})
        .await;
    let keys = keys.unwrap().into_inner().signing_keys.into_iter();
    let keys = keys.map(|key| PublicKey {
        kid: key.key_id,
        bytes: key.public_key.as_ref().try_into().unwrap(),
        not_after: None,
    });
    Verifier::new(world.hands.clock(), KeySet::new(keys))
}

fn forbidden() -> (Code, String) {
    (Code::PermissionDenied, "GRANT_FORBIDDEN".to_owned())
}

const INVITE: (Permission, Scope) = (Permission::UsersManage, Scope::Account);
const MAKE_ROLES: (Permission, Scope) = (Permission::RolesManage, Scope::Account);
const GRANT_ROLES: (Permission, Scope) = (Permission::RolesGrant, Scope::Account);
const LISTEN: (Permission, Scope) = (Permission::CallRecordsRead, Scope::Group);

#[tokio::test]
async fn editing_a_role_changes_everybody_who_has_it() {
    let world = World::start().await;
    let owner = world.company().await;
    let desk = make(&owner, role(&[INVITE])).await.unwrap();
    let clerk = world.hire(&owner, &[]).await;
    grant(&owner, &clerk, &desk, &[]).await.unwrap();
    let clerk = refreshed(&world, clerk).await;
    world.invite(&clerk).await;

    let read = (Permission::AccountRead, Scope::Account);
    let desk = edit(&owner, &desk, &[read]).await.unwrap();
    let request = crate::world::invitation(&world.address());
    let outcome = clerk.me.users().invite_user(request.clone()).await;
    let reason = refusal(outcome).1;
    assert!(
        ["PERMISSION_MISSING", "TOKEN_REVOKED"].contains(&reason.as_str()),
        "{reason}: what a token says is checked again where it matters, until it is taken back"
    );
    let clerk = refreshed(&world, clerk).await;
    let outcome = clerk.me.users().invite_user(request).await;
    assert_eq!(refusal(outcome).1, "PERMISSION_MISSING");
    let account = api::identity::v1::GetAccountRequest {};
    clerk.me.accounts().get_account(account).await.unwrap();

    assert_eq!(
        refusal(delete(&owner, &desk, false).await),
        (Code::FailedPrecondition, "ROLE_IN_USE".to_owned())
    );
    delete(&owner, &desk, true).await.unwrap();
    let clerk = refreshed(&world, clerk).await;
    let account = api::identity::v1::GetAccountRequest {};
    let outcome = clerk.me.accounts().get_account(account).await;
    assert_eq!(refusal(outcome).1, "PERMISSION_MISSING");
    let request = GetRoleRequest {
        role_id: desk.role_id.clone(),
    };
    let outcome = owner.me.access().get_role(request).await;
    assert_eq!(
        refusal(outcome),
        (Code::NotFound, "ROLE_NOT_FOUND".to_owned())
    );
}

#[tokio::test]
async fn nobody_makes_edits_or_grants_more_than_they_hold() {
    let world = World::start().await;
    let owner = world.company().await;
    let power = role(&[MAKE_ROLES, GRANT_ROLES, LISTEN]);
    let power = make(&owner, power).await.unwrap();
    let strong = make(&owner, role(&[INVITE])).await.unwrap();
    let deputy = world.hire(&owner, &[]).await;
    let friend = world.hire(&owner, &[]).await;
    let queue = Covered::from(QueueId::generate());
    grant(&owner, &deputy, &power, &[queue]).await.unwrap();
    let deputy = refreshed(&world, deputy).await;

    let own = (Permission::CallRecordsRead, Scope::Own);
    let weak = make(&deputy, role(&[own])).await.unwrap();
    grant(&deputy, &friend, &weak, &[]).await.unwrap();
    // More than held, more widely than held, or over something else.
    for beyond in [
        INVITE,
        (Permission::CallRecordsRead, Scope::Account),
        LISTEN,
    ] {
        let outcome = make(&deputy, role(&[beyond])).await;
        assert_eq!(refusal(outcome), forbidden(), "{beyond:?}");
        let outcome = edit(&deputy, &weak, &[beyond]).await;
        assert_eq!(refusal(outcome), forbidden(), "{beyond:?}");
    }
    assert_eq!(
        refusal(edit(&deputy, &strong, &[own]).await),
        forbidden(),
        "not even to make it weaker"
    );
    assert_eq!(refusal(delete(&deputy, &strong, true).await), forbidden());
    let outcome = grant(&deputy, &deputy, &strong, &[]).await;
    assert_eq!(refusal(outcome), forbidden());
    let other = Covered::from(QueueId::generate());
    let outcome = grant(&deputy, &deputy, &power, &[queue, other]).await;
    assert_eq!(refusal(outcome), forbidden(), "their own role, over more");
    let outcome = deputy.grant(&friend.user.user_id, Role::Supervisor).await;
    assert_eq!(refusal(outcome), forbidden());

    for never in [
        (Permission::OwnershipTransfer, Scope::Account),
        (Permission::FloorManage, Scope::Account),
        (Permission::QueuesManage, Scope::Group),
    ] {
        let outcome = make(&owner, role(&[INVITE, never])).await;
        assert_eq!(fields(outcome), ["role.permissions[1]"], "{never:?}");
    }
}

#[tokio::test]
async fn a_grant_reaches_what_it_covers_and_the_list_shows_it() {
    let world = World::start().await;
    let owner = world.company().await;
    let listener = make(&owner, role(&[LISTEN])).await.unwrap();
    let (mine, other) = (QueueId::generate(), QueueId::generate());
    let sue = world.hire(&owner, &[]).await;
    let supervisor = Grant {
        user_id: sue.user.user_id.clone(),
        role: Role::Supervisor.into(),
        group_ids: vec![mine.to_string()],
        ..Grant::default()
    };
    let request = GrantRoleRequest {
        request_id: request_id(),
        grant: Some(supervisor),
    };
    owner.me.access().grant_role(request).await.unwrap();
    grant(&owner, &sue, &listener, &[other.into()])
        .await
        .unwrap();
    let sue = refreshed(&world, sue).await;
    let caller = verifier(&world).await.verify(&sue.me.token).unwrap();
    let reach = |permission| match caller.reach(permission) {
        Reach::Groups(covers) => (covers.has(mine), covers.has(other)),
        reach => panic!("{reach:?}"),
    };
    assert_eq!(reach(Permission::CallsRead), (true, false));
    assert_eq!(reach(Permission::CallRecordsRead), (true, true));

    let mut listed = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListGrantsRequest {
            page_size: 1,
            page_token,
            user_id: String::new(),
        };
        let page = owner.me.access().list_grants(request).await.unwrap();
        let page = page.into_inner();
        listed.extend(page.grants.into_iter().map(|it| (it.role, it.role_id)));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let (none, id) = (String::new(), listener.role_id.clone());
    listed.sort();
    assert_eq!(
        listed,
        [
            (0, id.clone()),
            (Role::Owner.into(), none.clone()),
            (Role::Supervisor.into(), none)
        ]
    );
    let request = RevokeRoleRequest {
        request_id: request_id(),
        user_id: sue.user.user_id.clone(),
        role: 0,
        role_id: id,
    };
    owner.me.access().revoke_role(request).await.unwrap();
    let request = ListGrantsRequest {
        user_id: sue.user.user_id.clone(),
        ..ListGrantsRequest::default()
    };
    let left = owner.me.access().list_grants(request).await.unwrap();
    assert_eq!(left.into_inner().grants.len(), 1);
}

#[tokio::test]
async fn the_fullest_token_still_fits() {
    let world = World::start().await;
    let owner = world.company().await;
    let sue = world
        .hire(&owner, &[Role::Admin, Role::Accountant, Role::Technical])
        .await;
    let mut access = owner.me.access();
    let permissions = access.list_permissions(ListPermissionsRequest {}).await;
    let permissions = permissions.unwrap().into_inner().permissions;
    let widest = |scope: Scope| {
        let able = permissions.iter();
        let able = able.filter(move |it| it.reaches.contains(&scope.into()));
        able.map(move |it| (it.permission(), scope))
            .collect::<Vec<_>>()
    };
    let bound = widest(Scope::Group);
    let covers: Vec<Covered> = (0..100).map(|_| QueueId::generate().into()).collect();
    let mut others = widest(Scope::Account);
    let narrow = widest(Scope::Own).into_iter();
    let wide = others.clone();
    others.extend(narrow.filter(|(it, _)| !wide.iter().any(|(wide, _)| wide == it)));
    let bulk: Vec<_> = others
        .into_iter()
        .filter(|(it, _)| !bound.iter().any(|(bound, _)| bound == it))
        .chain(bound.clone())
        .collect();
    for chunk in covers.chunks(20) {
        let heavy = make(&owner, role(&bulk)).await.unwrap();
        grant(&owner, &sue, &heavy, chunk).await.unwrap();
    }
    let sue = refreshed(&world, sue).await;
    assert!(
        sue.me.token.len() <= TOKEN_BYTES_MAX,
        "{}",
        sue.me.token.len()
    );
    verifier(&world).await.verify(&sue.me.token).unwrap();

    let sixth = make(&owner, role(&[INVITE])).await.unwrap();
    let outcome = grant(&owner, &sue, &sixth, &[]).await;
    assert_eq!(
        refusal(outcome),
        (Code::FailedPrecondition, "ROLES_EXHAUSTED".to_owned())
    );
    let more = Grant {
        user_id: sue.user.user_id.clone(),
        role: Role::Supervisor.into(),
        group_ids: vec![QueueId::generate().to_string()],
        ..Grant::default()
    };
    let request = GrantRoleRequest {
        request_id: request_id(),
        grant: Some(more),
    };
    assert_eq!(
        refusal(owner.me.access().grant_role(request).await),
        (Code::FailedPrecondition, "COVERAGE_EXHAUSTED".to_owned())
    );
}

#[tokio::test]
async fn whoever_may_not_learns_which_roles_may() {
    let world = World::start().await;
    let owner = world.company().await;
    let desk = make(&owner, role(&[INVITE])).await.unwrap();
    make(&owner, role(&[LISTEN])).await.unwrap();
    let user = world.hire(&owner, &[]).await;
    let question = CheckAccessRequest {
        method: "/strowger.identity.v1.UserService/InviteUser".to_owned(),
    };
    let answer = user.me.access().check_access(question).await.unwrap();
    let answer = answer.into_inner();
    assert!(!answer.allowed);
    assert_eq!(answer.permission(), Permission::UsersManage);
    let roles: Vec<Role> = answer.roles().collect();
    assert_eq!(roles, [Role::Owner, Role::Admin, Role::Technical]);
    assert_eq!(answer.role_ids, [desk.role_id]);
}

#[tokio::test]
async fn a_role_of_one_company_does_not_exist_for_another() {
    let world = World::start().await;
    let (ours, theirs) = (world.company().await, world.company().await);
    let desk = make(&ours, role(&[INVITE])).await.unwrap();
    let request = GetRoleRequest {
        role_id: desk.role_id.clone(),
    };
    let got = theirs.me.access().get_role(request).await.map(drop);
    let list = ListRolesRequest::default();
    let listed = theirs.me.access().list_roles(list).await.unwrap();
    assert!(listed.into_inner().roles.is_empty());
    for outcome in [
        got,
        edit(&theirs, &desk, &[INVITE]).await.map(drop),
        delete(&theirs, &desk, true).await,
        grant(&theirs, &theirs, &desk, &[]).await.map(drop),
    ] {
        assert_eq!(
            refusal(outcome),
            (Code::NotFound, "ROLE_NOT_FOUND".to_owned())
        );
    }
    let stale = CustomRole {
        etag: "0".to_owned(),
        ..desk.clone()
    };
    assert_eq!(
        refusal(edit(&ours, &stale, &[INVITE]).await),
        (Code::Aborted, "ETAG_MISMATCH".to_owned())
    );
}
