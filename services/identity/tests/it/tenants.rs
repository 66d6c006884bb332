//! I24: nothing of another tenant can be seen, told from nothing, or changed.

use api::identity::v1::{
    DeactivateUserRequest, DismissSharingFindingRequest, EndSessionRequest,
    GetSharingFindingRequest, GetUserRequest, Grant, GrantRoleRequest, ListGrantsRequest,
    ListUsersRequest, ResendInvitationRequest, ResetSecondFactorRequest, ResumeUserRequest,
    RevokeRoleRequest, Role, SuspendUserRequest, UpdateUserRequest, User,
};
use ids::{SessionId, UserId};
use prost_types::FieldMask;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use tonic::Status;

use crate::{
    sharing::{self, CAFE, HOME, OFFICE},
    world::{Member, World, request_id},
};

/// A company whose owner signs in all over the place, which the guard has noticed.
async fn company_with_a_finding(world: &World) -> Member {
    let owner = world.company().await;
    for address in [OFFICE, HOME, CAFE] {
        sharing::sign_in(world, &owner.user.email, address).await;
    }
    owner
}

/// Every method of identity that takes an id, with `user_id` as that id.
async fn knock(by: &Member, user_id: &str, session_id: &str) -> Vec<(&'static str, Status)> {
    let (id, users, access) = (|| user_id.to_owned(), || by.me.users(), || by.me.access());
    let user = User {
        user_id: id(),
        job_title: "Thief".to_owned(),
        etag: "1".to_owned(),
        ..User::default()
    };
    let mask = Some(FieldMask {
        paths: vec!["job_title".to_owned()],
    });
    let update = UpdateUserRequest {
        request_id: request_id(),
        user: Some(user),
        update_mask: mask,
    };
    let grant = Grant {
        user_id: id(),
        role: Role::Technical.into(),
        ..Grant::default()
    };
    let grant = GrantRoleRequest {
        request_id: request_id(),
        grant: Some(grant),
    };
    let revoke = RevokeRoleRequest {
        request_id: request_id(),
        user_id: id(),
        role: Role::Technical.into(),
        role_id: String::new(),
    };
    let suspend = SuspendUserRequest {
        request_id: request_id(),
        user_id: id(),
        hand_over_to: String::new(),
    };
    let resume = ResumeUserRequest {
        request_id: request_id(),
        user_id: id(),
    };
    let reset = ResetSecondFactorRequest {
        request_id: request_id(),
        user_id: id(),
    };
    let deactivate = DeactivateUserRequest {
        request_id: request_id(),
        user_id: id(),
        hand_over_to: String::new(),
    };
    let resend = ResendInvitationRequest {
        request_id: request_id(),
        user_id: id(),
    };
    let end = EndSessionRequest {
        session_id: session_id.to_owned(),
    };
    let get = GetSharingFindingRequest { user_id: id() };
    let dismiss = DismissSharingFindingRequest {
        request_id: request_id(),
        user_id: id(),
        reason: "Nobody needs to know".to_owned(),
        until: None,
    };
    let sharing = || by.me.sharing();
    let outcomes = vec![
        (
            "GetUser",
            users()
                .get_user(GetUserRequest { user_id: id() })
                .await
                .map(drop),
        ),
        ("UpdateUser", users().update_user(update).await.map(drop)),
        ("SuspendUser", users().suspend_user(suspend).await.map(drop)),
        ("ResumeUser", users().resume_user(resume).await.map(drop)),
        (
            "DeactivateUser",
            users().deactivate_user(deactivate).await.map(drop),
        ),
        (
            "ResetSecondFactor",
            users().reset_second_factor(reset).await.map(drop),
        ),
        (
            "ResendInvitation",
            users().resend_invitation(resend).await.map(drop),
        ),
        ("GrantRole", access().grant_role(grant).await.map(drop)),
        ("RevokeRole", access().revoke_role(revoke).await.map(drop)),
        (
            "GetSharingFinding",
            sharing().get_sharing_finding(get).await.map(drop),
        ),
        (
            "DismissSharingFinding",
            sharing().dismiss_sharing_finding(dismiss).await.map(drop),
        ),
        ("EndSession", by.me.auth().end_session(end).await.map(drop)),
    ];
    let refusals = outcomes.into_iter().map(|(method, outcome)| {
        (
            method,
            outcome
                .err()
                .unwrap_or_else(|| panic!("{method} let a stranger in")),
        )
    });
    refusals.collect()
}

#[tokio::test]
async fn another_tenants_things_look_exactly_like_nothing() {
    let world = sharing::world().await;
    let victim = company_with_a_finding(&world).await;
    let stranger = world.company().await;
    let before = sharing::all(&victim).await;
    assert_eq!(before.len(), 1);
    let nothing = knock(
        &stranger,
        &UserId::generate().to_string(),
        &SessionId::generate().to_string(),
    )
    .await;
    let theirs = knock(&stranger, &victim.user.user_id, &victim.session).await;
    for ((method, nothing), (_, theirs)) in nothing.into_iter().zip(theirs) {
        assert_eq!(theirs.code(), tonic::Code::NotFound, "{method}");
        assert_eq!(theirs.message(), nothing.message(), "{method}");
        assert_eq!(theirs.details(), nothing.details(), "{method}");
    }
    assert_eq!(sharing::all(&victim).await, before, "the guard's word too");
    let after = world.sign_in(&victim.user.email).await;
    assert_eq!(
        after.user, victim.user,
        "nothing about the victim has changed"
    );
    assert!(world.refresh(&victim.tokens.refresh_token).await.is_ok());
}

#[tokio::test]
async fn lists_end_at_the_border() {
    let world = sharing::world().await;
    let victim = company_with_a_finding(&world).await;
    let stranger = world.company().await;
    assert_eq!(sharing::all(&victim).await.len(), 1);
    assert_eq!(sharing::all(&stranger).await, []);
    world.invite(&victim).await;
    let users = stranger
        .me
        .users()
        .list_users(ListUsersRequest::default())
        .await
        .unwrap()
        .into_inner()
        .users;
    assert_eq!(users.len(), 1);
    let grants = stranger
        .me
        .access()
        .list_grants(ListGrantsRequest::default())
        .await
        .unwrap()
        .into_inner()
        .grants;
    assert_eq!(grants.len(), 1);
    let of_victim = ListGrantsRequest {
        user_id: victim.user.user_id,
        ..ListGrantsRequest::default()
    };
    let grants = stranger
        .me
        .access()
        .list_grants(of_victim)
        .await
        .unwrap()
        .into_inner()
        .grants;
    assert!(grants.is_empty());
}

#[tokio::test]
async fn the_second_lock_holds_without_the_first() {
    let world = sharing::world().await;
    company_with_a_finding(&world).await;
    let (mine, store) = (
        company_with_a_finding(&world).await,
        world.database.store().await,
    );
    let account: ids::AccountId = mine.account.parse().unwrap();
    let (_, codes) = mine.secure(&world).await;
    mine.enrol(crate::world::PASSWORD, &codes[0]).await.unwrap();
    world.challenge(&mine.user.email).await;
    for table in [
        "accounts",
        "users",
        "credentials",
        "grants",
        "sessions",
        "totp_factors",
        "totp_enrolments",
        "recovery_codes",
        "sign_in_challenges",
        "sharing_findings",
        "sharing_signals",
    ] {
        let all = || {
            Statement::from_string(
                DbBackend::Postgres,
                format!("SELECT account_id FROM {table}"),
            )
        };
        let forgotten = store.query_all_raw(all()).await.unwrap();
        assert!(forgotten.is_empty(), "{table} without a tenant");
        let rows = store
            .tenant_transaction(account, async |tx| {
                Ok::<_, store::StoreError>(tx.query_all_raw(all()).await?)
            })
            .await
            .unwrap();
        let owners: Vec<uuid::Uuid> = rows
            .iter()
            .map(|row| row.try_get("", "account_id").unwrap())
            .collect();
        assert!(
            !owners.is_empty() && owners.iter().all(|owner| *owner == account.uuid()),
            "{table}"
        );
    }
}
