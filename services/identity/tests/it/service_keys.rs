//! Keys that companies make for their applications.

use access::{KeySet, PublicKey, Reach, Verifier};
use api::{
    access::v1::Permission,
    identity::v1::{
        CheckAccessRequest, CreateServiceKeyRequest, CreateServiceKeyResponse,
        ExchangeServiceKeyRequest, GetAccountRequest, ListServiceKeysRequest,
        ListSigningKeysRequest, ListUsersRequest, RevokeServiceKeyRequest, Role,
        RotateServiceKeyRequest, RotateServiceKeyResponse, ServiceKey, SuspendAccountRequest,
        SuspendUserRequest, Tokens,
    },
};
use prost_types::{Duration, Timestamp};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use testkit::eventually;
use tonic::{Code, Status};

use crate::{
    audit::events,
    world::{As, Member, World, fields, refusal, request_id},
};

const TELLING: std::time::Duration = std::time::Duration::from_secs(5);

fn key(permissions: &[Permission]) -> ServiceKey {
    ServiceKey {
        display_name: "CRM connector".to_owned(),
        permissions: permissions.iter().map(|it| (*it).into()).collect(),
        ..ServiceKey::default()
    }
}

async fn make(by: &Member, key: ServiceKey) -> Result<CreateServiceKeyResponse, Status> {
    let request = CreateServiceKeyRequest {
        request_id: request_id(),
        service_key: Some(key),
    };
    let answer = by.me.service_keys().create_service_key(request).await;
    answer.map(tonic::Response::into_inner)
}

async fn rotate(
    by: &Member,
    key: &ServiceKey,
    overlap: Option<i64>,
) -> Result<RotateServiceKeyResponse, Status> {
    let request = RotateServiceKeyRequest {
        request_id: request_id(),
        key_id: key.key_id.clone(),
        overlap: overlap.map(|seconds| Duration { seconds, nanos: 0 }),
        expire_time: None,
    };
    let answer = by.me.service_keys().rotate_service_key(request).await;
    answer.map(tonic::Response::into_inner)
}

async fn revoke(by: &Member, key: &ServiceKey) -> Result<ServiceKey, Status> {
    let request = RevokeServiceKeyRequest {
        request_id: request_id(),
        key_id: key.key_id.clone(),
    };
    let answer = by.me.service_keys().revoke_service_key(request).await;
    answer.map(tonic::Response::into_inner)
}

async fn list(by: &Member) -> Vec<ServiceKey> {
    let request = ListServiceKeysRequest::default();
    let answer = by.me.service_keys().list_service_keys(request).await;
    answer.unwrap().into_inner().service_keys
}

async fn exchange(world: &World, secret: &str) -> Result<Tokens, Status> {
    let request = ExchangeServiceKeyRequest {
        secret: secret.to_owned(),
    };
    let answer = world.nobody().auth().exchange_service_key(request).await?;
    Ok(answer.into_inner().tokens.unwrap())
}

async fn application(world: &World, secret: &str) -> As {
    world.holder(&exchange(world, secret).await.unwrap().access_token)
}

fn rejected() -> (Code, String) {
    (Code::Unauthenticated, "SERVICE_KEY_REJECTED".to_owned())
}

#[tokio::test]
async fn an_application_does_what_its_key_may_and_nothing_else() {
    let world = World::start().await;
    let owner = world.company().await;
    let made = make(&owner, key(&[Permission::UsersRead])).await.unwrap();
    assert!(made.secret.starts_with("ssk_"));
    let crm = application(&world, &made.secret).await;
    let people = crm.users().list_users(ListUsersRequest::default()).await;
    let people = people.unwrap().into_inner().users;
    assert_eq!(people[0].user_id, owner.user.user_id);
    assert_eq!(
        refusal(crm.accounts().get_account(GetAccountRequest {}).await),
        (Code::PermissionDenied, "PERMISSION_MISSING".to_owned())
    );
    let own = ListServiceKeysRequest::default();
    assert_eq!(
        refusal(crm.service_keys().list_service_keys(own).await),
        (Code::PermissionDenied, "AUDIENCE_MISMATCH".to_owned()),
        "keys are for people to manage"
    );
    let platform = SuspendAccountRequest {
        request_id: request_id(),
        account_id: owner.account.clone(),
    };
    assert_eq!(
        refusal(crm.accounts().suspend_account(platform).await),
        (Code::PermissionDenied, "AUDIENCE_MISMATCH".to_owned())
    );
    let question = CheckAccessRequest {
        method: "/strowger.identity.v1.UserService/ListUsers".to_owned(),
    };
    let answer = crm.access().check_access(question).await.unwrap();
    assert!(answer.into_inner().allowed);
}

#[tokio::test]
async fn a_key_of_one_company_never_reaches_another() {
    let world = World::start().await;
    let (ours, theirs) = (world.company().await, world.company().await);
    let made = make(&ours, key(&[Permission::UsersRead])).await.unwrap();
    let crm = application(&world, &made.secret).await;
    let foreign = api::identity::v1::GetUserRequest {
        user_id: theirs.user.user_id.clone(),
    };
    assert_eq!(
        refusal(crm.users().get_user(foreign).await),
        (Code::NotFound, "USER_NOT_FOUND".to_owned())
    );
    let made = made.service_key.unwrap();
    for outcome in [
        revoke(&theirs, &made).await.map(drop),
        rotate(&theirs, &made, None).await.map(drop),
    ] {
        assert_eq!(
            refusal(outcome),
            (Code::NotFound, "SERVICE_KEY_NOT_FOUND".to_owned())
        );
    }
    assert!(list(&theirs).await.is_empty());
    assert_eq!(list(&ours).await.len(), 1);
}

#[tokio::test]
async fn the_token_says_the_account_and_ends_with_the_key() {
    let world = World::start().await;
    let owner = world.company().await;
    let ends = world.hands.now().timestamp() + 600;
    let soon = ServiceKey {
        expire_time: Some(Timestamp {
            seconds: ends,
            nanos: 0,
        }),
        ..key(&[Permission::StatisticsRead])
    };
    let made = make(&owner, soon).await.unwrap();
    let tokens = exchange(&world, &made.secret).await.unwrap();
    assert!(tokens.access_expire_time.unwrap().seconds <= ends);
    let keys = ListSigningKeysRequest {};
    let keys = world.nobody().keys().list_signing_keys(keys).await.unwrap();
    let keys = keys.into_inner().signing_keys.into_iter();
    let keys = keys.map(|key| PublicKey {
        kid: key.key_id,
        bytes: key.public_key.as_ref().try_into().unwrap(),
        not_after: None,
    });
    let verifier = Verifier::new(world.hands.clock(), KeySet::new(keys));
    let caller = verifier.verify(&tokens.access_token).unwrap();
    assert_eq!(caller.account.unwrap().to_string(), owner.account);
    assert_eq!(caller.subject.to_string(), made.service_key.unwrap().key_id);
    assert_eq!(caller.reach(Permission::StatisticsRead), Reach::Account);
    assert_eq!(caller.reach(Permission::CallRecordsRead), Reach::None);
    world.wait(601);
    assert_eq!(refusal(exchange(&world, &made.secret).await), rejected());
}

#[tokio::test]
async fn nobody_gives_a_key_more_than_they_hold() {
    let world = World::start().await;
    let owner = world.company().await;
    let technical = world.hire(&owner, &[Role::Technical]).await;
    make(&technical, key(&[Permission::QueuesManage]))
        .await
        .unwrap();
    // Their own records are less than everybody's.
    for more in [Permission::CallRecordsRead, Permission::CallsControl] {
        let status = make(&technical, key(&[Permission::QueuesManage, more])).await;
        assert_eq!(
            refusal(status),
            (Code::PermissionDenied, "GRANT_FORBIDDEN".to_owned())
        );
    }
    let user = world.hire(&owner, &[]).await;
    assert_eq!(
        refusal(make(&user, key(&[Permission::UsersRead])).await),
        (Code::PermissionDenied, "PERMISSION_MISSING".to_owned())
    );
    // Rotating shows a secret, and whoever sees it can do what the key can.
    let strong = make(&owner, key(&[Permission::CallRecordsRead]))
        .await
        .unwrap()
        .service_key
        .unwrap();
    assert_eq!(
        refusal(rotate(&technical, &strong, None).await),
        (Code::PermissionDenied, "GRANT_FORBIDDEN".to_owned())
    );
    revoke(&technical, &strong).await.unwrap();
}

#[tokio::test]
async fn whoever_was_suspended_makes_no_key_with_the_rest_of_a_token() {
    let world = World::start().await;
    let owner = world.company().await;
    let admin = world.hire(&owner, &[Role::Admin]).await;
    let suspend = SuspendUserRequest {
        request_id: request_id(),
        user_id: admin.user.user_id.clone(),
        hand_over_to: String::new(),
    };
    owner.me.users().suspend_user(suspend).await.unwrap();
    assert_eq!(
        refusal(make(&admin, key(&[Permission::UsersRead])).await).0,
        Code::Unauthenticated
    );
    assert!(list(&owner).await.is_empty());
}

#[tokio::test]
async fn both_secrets_are_good_while_an_application_changes() {
    let world = World::start().await;
    let owner = world.company().await;
    let made = make(&owner, key(&[Permission::UsersRead])).await.unwrap();
    let (key, first) = (made.service_key.unwrap(), made.secret);
    let second = rotate(&owner, &key, None).await.unwrap().secret;
    world.wait(24 * 3600 - 60);
    for secret in [&first, &second] {
        exchange(&world, secret).await.unwrap();
    }
    world.wait(61);
    assert_eq!(refusal(exchange(&world, &first).await), rejected());
    exchange(&world, &second).await.unwrap();

    // At most two: the one before the former ends at once.
    let owner = world.sign_in(&owner.user.email).await;
    let third = rotate(&owner, &key, Some(7 * 86_400)).await.unwrap().secret;
    let fourth = rotate(&owner, &key, Some(7 * 86_400)).await.unwrap().secret;
    assert_eq!(refusal(exchange(&world, &second).await), rejected());
    exchange(&world, &third).await.unwrap();
    let fifth = rotate(&owner, &key, Some(0)).await.unwrap().secret;
    assert_eq!(refusal(exchange(&world, &fourth).await), rejected());
    exchange(&world, &fifth).await.unwrap();
    let eight_days = rotate(&owner, &key, Some(8 * 86_400)).await;
    assert_eq!(fields(eight_days), ["overlap"]);
}

#[tokio::test]
async fn a_revoked_key_takes_its_tokens_along() {
    let world = World::start().await;
    let owner = world.company().await;
    let made = make(&owner, key(&[Permission::UsersRead])).await.unwrap();
    let other = make(&owner, key(&[Permission::UsersRead])).await.unwrap();
    let crm = application(&world, &made.secret).await;
    let billing = application(&world, &other.secret).await;
    crm.users()
        .list_users(ListUsersRequest::default())
        .await
        .unwrap();
    revoke(&owner, &made.service_key.unwrap()).await.unwrap();
    let outcome = eventually(TELLING, "the token is taken back", async || {
        let outcome = crm.users().list_users(ListUsersRequest::default()).await;
        outcome.is_err().then_some(outcome)
    })
    .await;
    assert_eq!(
        refusal(outcome),
        (Code::Unauthenticated, "TOKEN_REVOKED".to_owned())
    );
    let mut left = billing.users();
    left.list_users(ListUsersRequest::default()).await.unwrap();
}

#[tokio::test]
async fn whatever_is_wrong_with_a_key_the_answer_is_one() {
    let world = World::start().await;
    let owner = world.company().await;
    let revoked = make(&owner, key(&[Permission::UsersRead])).await.unwrap();
    let ended = revoke(&owner, revoked.service_key.as_ref().unwrap()).await;
    assert!(ended.unwrap().revoke_time.is_some());
    let elsewhere = ServiceKey {
        networks: vec!["203.0.113.0/24".to_owned()],
        ..key(&[Permission::UsersRead])
    };
    let foreign = make(&owner, elsewhere).await.unwrap();
    let here = ServiceKey {
        networks: vec!["127.0.0.0/8".to_owned()],
        ..key(&[Permission::UsersRead])
    };
    let good = make(&owner, here).await.unwrap();
    exchange(&world, &good.secret).await.unwrap();
    let (head, tail) = good.secret.split_at(60);
    let other = if tail.starts_with('A') { "B" } else { "A" };
    let wrong = format!("{head}{other}{}", &tail[1..]);
    let mut answers = Vec::new();
    for secret in ["", "ssk_", &wrong, &revoked.secret, &foreign.secret] {
        let status = exchange(&world, secret).await.unwrap_err();
        answers.push((status.code(), status.message().to_owned()));
        assert_eq!(refusal::<()>(Err(status)), rejected());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");

    let platform = world.platform().await;
    let suspend = SuspendAccountRequest {
        request_id: request_id(),
        account_id: owner.account.clone(),
    };
    platform.accounts().suspend_account(suspend).await.unwrap();
    assert_eq!(refusal(exchange(&world, &good.secret).await), rejected());
}

#[tokio::test]
async fn guessing_is_slowed_but_not_for_the_platform() {
    let world = World::start().await;
    let owner = world.company().await;
    let made = make(&owner, key(&[Permission::UsersRead])).await.unwrap();
    for _ in 0..60 {
        exchange(&world, &made.secret).await.unwrap();
    }
    let mut last = String::new();
    for _ in 0..60 {
        last = refusal(exchange(&world, "ssk_guess").await).1;
    }
    assert_eq!(last, "ATTEMPTS_THROTTLED");
    // The mesh's own services do not depend on the manners of their neighbours.
    world.platform().await;
}

#[tokio::test]
async fn the_last_use_is_noted_once_a_minute() {
    let world = World::start().await;
    let owner = world.company().await;
    let made = make(&owner, key(&[Permission::UsersRead])).await.unwrap();
    assert!(list(&owner).await[0].last_use_time.is_none());
    exchange(&world, &made.secret).await.unwrap();
    let first = list(&owner).await.remove(0);
    assert_eq!(first.last_use_network, "127.0.0.0/24");
    world.wait(30);
    let crowd = (0..16).map(|_| exchange(&world, &made.secret));
    for outcome in futures::future::join_all(crowd).await {
        outcome.unwrap();
    }
    assert_eq!(list(&owner).await[0].last_use_time, first.last_use_time);
    world.wait(31);
    exchange(&world, &made.secret).await.unwrap();
    assert_ne!(list(&owner).await[0].last_use_time, first.last_use_time);
}

#[tokio::test]
async fn the_database_holds_no_secret_and_a_repeat_gets_the_same_one() {
    let world = World::start().await;
    let owner = world.company().await;
    let request = CreateServiceKeyRequest {
        request_id: request_id(),
        service_key: Some(key(&[Permission::UsersRead])),
    };
    let mut keys = owner.me.service_keys();
    let first = keys.create_service_key(request.clone()).await.unwrap();
    let first = first.into_inner();
    let again = keys.create_service_key(request).await.unwrap();
    assert_eq!(again.into_inner(), first);
    assert_eq!(list(&owner).await.len(), 1);
    let secret = first.secret.trim_start_matches("ssk_");
    let store = world.database.store().await;
    let find = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT 1 FROM replay WHERE position($1::bytea IN response) > 0",
        [secret.as_bytes().to_vec().into()],
    );
    assert!(store.query_all_raw(find).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_happens_to_a_key_is_on_the_record() {
    let world = World::start().await;
    let owner = world.company().await;
    let made = make(&owner, key(&[Permission::UsersRead])).await.unwrap();
    let key = made.service_key.unwrap();
    let rotated = rotate(&owner, &key, Some(0)).await.unwrap();
    revoke(&owner, &key).await.unwrap();
    revoke(&owner, &key).await.unwrap();
    // Only the second is a secret of this key, and so the account's business.
    exchange(&world, &made.secret).await.unwrap_err();
    exchange(&world, &rotated.secret).await.unwrap_err();
    let told = eventually(TELLING, "the last event arrives", async || {
        let told = events(&world.live, &owner.account).await.into_iter();
        let told = told.map(|(_, change)| change);
        let told: Vec<_> = told.filter(|it| it.subject_id == key.key_id).collect();
        (told.len() == 4).then_some(told)
    })
    .await;
    let actions: Vec<&str> = told.iter().map(|it| it.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "service_key.created",
            "service_key.rotated",
            "service_key.revoked",
            "service_key.refused"
        ]
    );
    assert_eq!(told[0].changes[1].after, "USERS_READ");
    assert_eq!(told[3].result, "REVOKED");
}

#[tokio::test]
async fn bad_input_is_named_field_by_field() {
    let world = World::start().await;
    let owner = world.company().await;
    let bad = ServiceKey {
        display_name: String::new(),
        permissions: vec![Permission::UsersRead.into(), Permission::FloorManage.into()],
        networks: vec!["10.0.0.0/8".to_owned(), "10.0.0.1/8".to_owned()],
        expire_time: Some(Timestamp {
            seconds: world.hands.now().timestamp() + 367 * 86_400,
            nanos: 0,
        }),
        ..ServiceKey::default()
    };
    assert_eq!(
        fields(make(&owner, bad).await),
        [
            "service_key.display_name",
            "service_key.permissions[1]",
            "service_key.networks[1]",
            "service_key.expire_time"
        ]
    );
    assert_eq!(
        fields(make(&owner, key(&[])).await),
        ["service_key.permissions"]
    );
}
