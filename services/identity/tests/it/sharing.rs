//! ID-10: who seems to share an identity, why, and what becomes of it.

use std::time::Duration;

use api::identity::v1::{
    DismissSharingFindingRequest, GetSharingFindingRequest, ListSharingFindingsRequest,
    RefreshRequest, Role, SharingFinding, SharingFindingState, SharingSignalKind, SignInRequest,
    Tokens,
};
use chrono::TimeDelta;
use prost_types::Timestamp;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use testkit::{Logs, eventually};
use tonic::{Code, Request, Status};

use crate::world::{Member, PASSWORD, World, fields, refusal, request_id};

const BEHIND_A_PROXY: (&str, &str) = ("clients.trusted_proxies", "127.0.0.0/8");
pub(crate) const OFFICE: &str = "192.0.2.17";
pub(crate) const HOME: &str = "198.51.100.44";
pub(crate) const CAFE: &str = "203.0.113.99";
const OFFICE_V6: &str = "2001:db8:aa::17";

pub(crate) async fn world() -> World {
    World::start_with(&[BEHIND_A_PROXY]).await
}

/// The same request from another address.
pub(crate) fn from<T>(address: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request
        .metadata_mut()
        .insert("x-forwarded-for", address.parse().unwrap());
    request
}

pub(crate) async fn sign_in(world: &World, email: &str, address: &str) -> Member {
    let request = SignInRequest {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        client_label: "test".to_owned(),
        ..SignInRequest::default()
    };
    let answer = world.nobody().auth().sign_in(from(address, request)).await;
    world.member(answer.unwrap().into_inner())
}

pub(crate) async fn refresh(
    world: &World,
    tokens: &Tokens,
    address: &str,
) -> Result<Tokens, Status> {
    let request = RefreshRequest {
        refresh_token: tokens.refresh_token.clone(),
        ..RefreshRequest::default()
    };
    let answer = world
        .nobody()
        .auth()
        .refresh(from(address, request))
        .await?;
    Ok(answer.into_inner().tokens.unwrap())
}

async fn list(by: &Member, request: ListSharingFindingsRequest) -> Vec<SharingFinding> {
    let answer = by.me.sharing().list_sharing_findings(request).await;
    answer.unwrap().into_inner().findings
}

pub(crate) async fn all(by: &Member) -> Vec<SharingFinding> {
    list(by, ListSharingFindingsRequest::default()).await
}

async fn get(by: &Member, user_id: &str) -> Result<SharingFinding, Status> {
    let request = GetSharingFindingRequest {
        user_id: user_id.to_owned(),
    };
    let answer = by.me.sharing().get_sharing_finding(request).await?;
    Ok(answer.into_inner())
}

fn dismissal(user_id: &str) -> DismissSharingFindingRequest {
    DismissSharingFindingRequest {
        request_id: request_id(),
        user_id: user_id.to_owned(),
        reason: "Works from the train".to_owned(),
        until: None,
    }
}

async fn dismiss(
    by: &Member,
    request: DismissSharingFindingRequest,
) -> Result<SharingFinding, Status> {
    let answer = by.me.sharing().dismiss_sharing_finding(request).await?;
    Ok(answer.into_inner())
}

/// Somebody whose login three shifts use, each from another place. It takes an hour, after which
/// the owner signs in again.
pub(crate) async fn shared_login(world: &World, owner: &mut Member) -> Member {
    let first = world.hire(owner, &[]).await;
    world.wait(3600);
    for address in [OFFICE, HOME, CAFE] {
        sign_in(world, &first.user.email, address).await;
    }
    *owner = world.sign_in(&owner.user.email).await;
    first
}

#[tokio::test]
async fn a_login_in_use_in_three_places_is_one_finding_with_its_reasons() {
    let world = world().await;
    let mut owner = world.company().await;
    let shared = shared_login(&world, &mut owner).await;
    let honest = world.hire(&owner, &[]).await;
    sign_in(&world, &honest.user.email, OFFICE).await;

    let findings = all(&owner).await;
    let [finding] = findings.as_slice() else {
        panic!("{findings:#?}")
    };
    assert_eq!(finding.user_id, shared.user.user_id);
    assert_eq!(finding.state(), SharingFindingState::Open);
    let [reason] = finding.reasons.as_slice() else {
        panic!("{finding:#?}")
    };
    assert_eq!(reason.kind(), SharingSignalKind::ParallelSessions);
    assert_eq!(
        reason.networks,
        ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"]
    );
    assert_eq!((reason.occasions, reason.signals), (1, 2));
    assert_eq!(finding.score, reason.score, "one kind, one score");
    assert!(reason.explanation.contains("3 networks"), "{reason:?}");

    // Without news it fades.
    world.hands.advance(TimeDelta::days(28));
    let owner = world.sign_in(&owner.user.email).await;
    let faded = get(&owner, &shared.user.user_id).await.unwrap();
    assert!(faded.score < finding.score / 2, "{faded:?}");
}

#[tokio::test]
async fn a_login_that_a_whole_floor_uses_still_lets_people_in() {
    let world = world().await;
    let mut owner = world.company().await;
    let shared = shared_login(&world, &mut owner).await;
    for branch in 0..20 {
        let address = format!("10.1.{branch}.9");
        sign_in(&world, &shared.user.email, &address).await;
    }
    let finding = get(&owner, &shared.user.user_id).await.unwrap();
    assert_eq!(finding.reasons[0].networks.len(), 16);
}

#[tokio::test]
async fn one_person_with_a_laptop_and_a_telephone_is_no_finding() {
    let world = world().await;
    let owner = world.company().await;
    let walker = world.hire(&owner, &[]).await;
    world.wait(3600);
    // Both address families of one office are one place, and so is an hour apart.
    let mut laptop = sign_in(&world, &walker.user.email, OFFICE).await.tokens;
    let mut phone = sign_in(&world, &walker.user.email, OFFICE_V6).await.tokens;
    for _ in 0..5 {
        world.wait(240);
        laptop = refresh(&world, &laptop, OFFICE).await.unwrap();
        phone = refresh(&world, &phone, OFFICE_V6).await.unwrap();
    }
    world.wait(3600);
    phone = refresh(&world, &phone, HOME).await.unwrap();
    world.wait(3600);
    laptop = refresh(&world, &laptop, CAFE).await.unwrap();
    let owner = world.sign_in(&owner.user.email).await;
    assert!(all(&owner).await.is_empty());
    // Even a few minutes in two places at once are not worth a finding.
    world.wait(60);
    refresh(&world, &phone, HOME).await.unwrap();
    refresh(&world, &laptop, CAFE).await.unwrap();
    assert!(all(&owner).await.is_empty());
}

#[tokio::test]
async fn a_refresh_token_in_two_hands_is_a_reason() {
    let world = world().await;
    let owner = world.company().await;
    let victim = world.hire(&owner, &[]).await;
    world.wait(3600);
    let session = sign_in(&world, &victim.user.email, OFFICE).await;
    refresh(&world, &session.tokens, OFFICE).await.unwrap();
    world.wait(60);
    let stolen = refresh(&world, &session.tokens, HOME).await;
    assert_eq!(refusal(stolen).1, "REFRESH_REUSED");
    let owner = world.sign_in(&owner.user.email).await;
    let finding = get(&owner, &victim.user.user_id).await.unwrap();
    assert_eq!(
        finding.reasons[0].kind(),
        SharingSignalKind::RefreshReused,
        "{finding:?}"
    );
    assert_eq!(
        finding.reasons[0].networks,
        ["192.0.2.0/24", "198.51.100.0/24"]
    );
}

#[tokio::test]
async fn a_dismissed_finding_opens_again_only_for_more() {
    let world = world().await;
    let mut owner = world.company().await;
    let shared = shared_login(&world, &mut owner).await;
    let user_id = shared.user.user_id.clone();

    let request = dismissal(&user_id);
    let dismissed = dismiss(&owner, request.clone()).await.unwrap();
    assert_eq!(dismissed.state(), SharingFindingState::Dismissed);
    assert_eq!((dismissed.score, dismissed.reasons.len()), (0, 0));
    let why = dismissed.dismissal.clone().unwrap();
    assert_eq!(
        (why.reason.as_str(), why.dismissed_by.as_str()),
        ("Works from the train", owner.user.user_id.as_str())
    );
    assert!(why.score >= 20, "{why:?}");
    assert_eq!(
        dismiss(&owner, request).await.unwrap(),
        dismissed,
        "a repeat"
    );
    assert_eq!(
        refusal(dismiss(&owner, dismissal(&user_id)).await),
        (
            Code::FailedPrecondition,
            "SHARING_FINDING_STATE_CONFLICT".to_owned()
        )
    );

    // What opened it the first time is not enough now.
    world.wait(2 * 3600);
    for address in [OFFICE, HOME, CAFE] {
        sign_in(&world, &shared.user.email, address).await;
    }
    let owner = world.sign_in(&owner.user.email).await;
    let still = get(&owner, &user_id).await.unwrap();
    assert_eq!(still.state(), SharingFindingState::Dismissed);
    assert!(still.score >= 20, "{still:?}");

    // What goes on and on is.
    for _ in 0..8 {
        world.wait(3600);
        let mut last = None;
        for address in [OFFICE, HOME, CAFE] {
            last = Some((sign_in(&world, &shared.user.email, address).await, address));
        }
        let (session, address) = last.unwrap();
        refresh(&world, &session.tokens, address).await.unwrap();
        world.wait(60);
        refresh(&world, &session.tokens, address).await.unwrap_err();
    }
    let owner = world.sign_in(&owner.user.email).await;
    let again = get(&owner, &user_id).await.unwrap();
    assert_eq!(again.state(), SharingFindingState::Open, "{again:?}");
    assert_eq!(again.dismissal, Some(why), "nobody forgets that it was");
}

#[tokio::test]
async fn the_list_is_paged_and_filtered() {
    let world = world().await;
    let mut owner = world.company().await;
    let mut shared = Vec::new();
    for _ in 0..3 {
        shared.push(shared_login(&world, &mut owner).await.user.user_id);
    }
    dismiss(&owner, dismissal(&shared[1])).await.unwrap();
    let ids = |findings: Vec<SharingFinding>| {
        findings
            .into_iter()
            .map(|finding| finding.user_id)
            .collect::<Vec<_>>()
    };
    let state = |state: SharingFindingState| ListSharingFindingsRequest {
        state: state.into(),
        ..ListSharingFindingsRequest::default()
    };
    let open = list(&owner, state(SharingFindingState::Open)).await;
    assert_eq!(ids(open), [shared[2].as_str(), &shared[0]], "latest first");
    let dismissed = list(&owner, state(SharingFindingState::Dismissed)).await;
    assert_eq!(ids(dismissed), [shared[1].as_str()]);
    let certain = ListSharingFindingsRequest {
        min_score: 90,
        ..ListSharingFindingsRequest::default()
    };
    assert!(list(&owner, certain).await.is_empty());

    let mut request = ListSharingFindingsRequest {
        page_size: 1,
        ..ListSharingFindingsRequest::default()
    };
    let mut pages = Vec::new();
    loop {
        let mut client = owner.me.sharing();
        let answer = client.list_sharing_findings(request.clone()).await;
        let answer = answer.unwrap().into_inner();
        pages.push(ids(answer.findings));
        request.page_token = answer.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    let latest_first: Vec<_> = shared.iter().rev().map(|id| vec![id.clone()]).collect();
    assert_eq!(pages, latest_first);
}

#[tokio::test]
async fn only_those_who_administer_people_see_findings_and_only_their_own() {
    let world = world().await;
    let mut owner = world.company().await;
    let shared = shared_login(&world, &mut owner).await;
    let admin = world.hire(&owner, &[Role::Admin]).await;
    assert_eq!(all(&admin).await.len(), 1);
    for role in [Role::Supervisor, Role::Accountant, Role::Technical] {
        let other = world.hire(&owner, &[role]).await;
        let outcome = get(&other, &shared.user.user_id).await;
        assert_eq!(
            refusal(outcome),
            (Code::PermissionDenied, "PERMISSION_MISSING".to_owned())
        );
    }
    let stranger = world.company().await;
    assert!(all(&stranger).await.is_empty());
    let nobody = refusal(get(&stranger, &ids::UserId::generate().to_string()).await);
    assert_eq!(
        nobody,
        (Code::NotFound, "SHARING_FINDING_NOT_FOUND".to_owned())
    );
    assert_eq!(refusal(get(&stranger, &shared.user.user_id).await), nobody);
    assert_eq!(
        refusal(dismiss(&stranger, dismissal(&shared.user.user_id)).await),
        nobody
    );
}

#[tokio::test]
async fn wrong_fields_are_named() {
    let world = World::start().await;
    let owner = world.company().await;
    let bad = ListSharingFindingsRequest {
        state: 999,
        min_score: 101,
        ..ListSharingFindingsRequest::default()
    };
    let outcome = owner.me.sharing().list_sharing_findings(bad).await;
    assert_eq!(fields(outcome), ["state", "min_score"]);
    let past = Timestamp {
        seconds: world.hands.now().timestamp() - 1,
        nanos: 0,
    };
    let far = Timestamp {
        seconds: world.hands.now().timestamp() + 367 * 86_400,
        nanos: 0,
    };
    let never = Timestamp {
        seconds: i64::MAX,
        nanos: -1,
    };
    for until in [past, far, never] {
        let bad = DismissSharingFindingRequest {
            request_id: String::new(),
            user_id: "usr_".to_owned(),
            reason: " ".to_owned(),
            until: Some(until),
        };
        assert_eq!(
            fields(dismiss(&owner, bad).await),
            ["request_id", "user_id", "reason", "until"]
        );
    }
}

#[tokio::test]
async fn after_ninety_days_nothing_is_left_and_nothing_was_ever_logged() {
    let logs = Logs::capture();
    // The database's own clock guards what the sweep may see, so the story is told in the past.
    let often = [BEHIND_A_PROXY, ("retention.sweep_seconds", "1")];
    let world = World::start_ago(TimeDelta::days(200), &often).await;
    let mut owner = world.company().await;
    let early = shared_login(&world, &mut owner).await;
    world.hands.advance(TimeDelta::days(3));
    owner = world.sign_in(&owner.user.email).await;
    let late = shared_login(&world, &mut owner).await;
    let store = world.database.store().await;
    let about = async |table: &str, user_id: &str| {
        let user: ids::UserId = user_id.parse().unwrap();
        let count = format!("SELECT count(*) AS rows FROM {table} WHERE user_id = $1");
        let count =
            Statement::from_sql_and_values(DbBackend::Postgres, count, [user.uuid().into()]);
        let row = store.tenant_transaction(owner.account.parse().unwrap(), async |tx| {
            Ok::<_, store::StoreError>(tx.query_one_raw(count.clone()).await?)
        });
        row.await
            .unwrap()
            .unwrap()
            .try_get::<i64>("", "rows")
            .unwrap()
    };
    let kept = async |user_id: &str| {
        (
            about("sharing_signals", user_id).await,
            about("sharing_findings", user_id).await,
        )
    };
    let forgotten = async |user_id: &str| {
        eventually(Duration::from_secs(20), "it is forgotten", async || {
            (kept(user_id).await == (0, 0)).then_some(())
        })
        .await;
    };
    world.hands.advance(TimeDelta::days(86));
    assert_eq!(kept(&early.user.user_id).await, (1, 1));
    world.hands.advance(TimeDelta::days(2));
    forgotten(&early.user.user_id).await;
    assert_eq!(
        kept(&late.user.user_id).await,
        (1, 1),
        "younger by three days"
    );
    world.hands.advance(TimeDelta::days(3));
    forgotten(&late.user.user_id).await;

    let text = logs.text();
    assert!(text.contains("swept"), "the log was captured");
    for place in [
        OFFICE,
        HOME,
        CAFE,
        "192.0.2.0",
        "198.51.100.0",
        "203.0.113.0",
    ] {
        assert!(!text.contains(place), "{place} was logged");
    }
}
