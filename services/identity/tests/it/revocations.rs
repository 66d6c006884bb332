//! What takes access tokens back, and how it gets round (I26).

use std::{collections::HashSet, time::Duration};

use api::identity::v1::{
    ChangePasswordRequest, DeactivateUserRequest, EndSessionRequest, GetAccountRequest, Grant,
    GrantRoleRequest, ListSessionsRequest, Revocation, RevokeRoleRequest, Role, SignOutRequest,
    SuspendAccountRequest, SuspendUserRequest, TransferOwnershipRequest, WatchRevocationsRequest,
    WatchRevocationsResponse, revocation::Subject,
};
use ids::{GroupId, SessionId};
use store::{ConnectionTrait as _, StoreError};
use testkit::eventually;
use tokio::{
    sync::{Mutex, oneshot},
    time::timeout,
};
use tonic::{Code, Status, Streaming};

use crate::world::{As, Member, PASSWORD, World, refusal, request_id, revoked};

/// Within which a revocation is everywhere.
const EVERYWHERE: Duration = Duration::from_secs(5);
/// Within which identity says something, or it is taken for dead.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// Follows what is revoked.
struct Follower(Streaming<WatchRevocationsResponse>);

impl Follower {
    /// From everything that is revoked already.
    async fn of(caller: As) -> Self {
        let request = WatchRevocationsRequest {};
        let stream = caller.keys().watch_revocations(request).await.unwrap();
        Self(stream.into_inner())
    }

    async fn next(&mut self) -> WatchRevocationsResponse {
        match timeout(EVERYWHERE, self.0.message()).await {
            Ok(message) => message.unwrap().unwrap_or_else(|| panic!("it has ended")),
            Err(_) => panic!("silence"),
        }
    }

    /// Whatever is revoked until the feed says that this was all.
    async fn caught_up(&mut self) -> Vec<Revocation> {
        let mut all = Vec::new();
        loop {
            let message = self.next().await;
            assert!(message.revocations.len() <= 1000);
            all.extend(message.revocations);
            if message.as_of_time.is_some() {
                return all;
            }
        }
    }

    /// The revocation of this subject.
    async fn hears(&mut self, subject: &Subject) -> Revocation {
        let wait = async {
            loop {
                let heard = self.next().await.revocations.into_iter();
                let mut of_subject =
                    heard.filter(|revocation| revocation.subject.as_ref() == Some(subject));
                if let Some(revocation) = of_subject.next() {
                    return revocation;
                }
            }
        };
        timeout(EVERYWHERE, wait)
            .await
            .unwrap_or_else(|_| panic!("{subject:?} is not revoked"))
    }
}

async fn get_account(caller: &As) -> Result<(), Status> {
    let answer = caller.accounts().get_account(GetAccountRequest {}).await;
    answer.map(drop)
}

async fn list_sessions(caller: &As) -> Result<(), Status> {
    let request = ListSessionsRequest::default();
    caller.auth().list_sessions(request).await.map(drop)
}

fn session(of: &Member) -> Subject {
    Subject::SessionId(of.session.clone())
}

fn user(of: &Member) -> Subject {
    Subject::UserId(of.user.user_id.clone())
}

#[tokio::test]
async fn whatever_ends_a_session_takes_its_tokens_back() {
    let world = World::start().await;
    let mut feed = Follower::of(world.platform().await).await;
    let owner = world.company().await;
    let again = async || world.sign_in(&owner.user.email).await;

    let gone = again().await;
    gone.me.auth().sign_out(SignOutRequest {}).await.unwrap();
    feed.hears(&session(&gone)).await;
    assert_eq!(refusal(list_sessions(&gone.me).await), revoked());

    let gone = again().await;
    let end = EndSessionRequest {
        session_id: gone.session.clone(),
    };
    owner.me.auth().end_session(end).await.unwrap();
    feed.hears(&session(&gone)).await;
    assert_eq!(refusal(list_sessions(&gone.me).await), revoked());

    let gone = again().await;
    let successor = world.refresh(&gone.tokens.refresh_token).await.unwrap();
    world.wait(11);
    world.refresh(&gone.tokens.refresh_token).await.unwrap_err();
    feed.hears(&session(&gone)).await;
    for token in [&gone.tokens.access_token, &successor.access_token] {
        assert_eq!(
            refusal(list_sessions(&world.holder(token)).await),
            revoked()
        );
    }

    let gone = again().await;
    let change = ChangePasswordRequest {
        current_password: PASSWORD.to_owned(),
        new_password: "entirely new words 42".to_owned(),
    };
    owner.me.auth().change_password(change).await.unwrap();
    feed.hears(&session(&gone)).await;
    assert_eq!(refusal(list_sessions(&gone.me).await), revoked());
    list_sessions(&owner.me).await.unwrap();
}

#[tokio::test]
async fn whoever_is_suspended_or_leaves_is_out_at_once() {
    let world = World::start().await;
    let mut feed = Follower::of(world.platform().await).await;
    let owner = world.company().await;
    let suspended = world.hire(&owner, &[]).await;
    let suspend = SuspendUserRequest {
        request_id: request_id(),
        user_id: suspended.user.user_id.clone(),
        hand_over_to: String::new(),
    };
    owner.me.users().suspend_user(suspend).await.unwrap();
    feed.hears(&user(&suspended)).await;
    assert_eq!(refusal(list_sessions(&suspended.me).await), revoked());

    let left = world.hire(&owner, &[]).await;
    let leave = DeactivateUserRequest {
        request_id: request_id(),
        user_id: left.user.user_id.clone(),
        hand_over_to: String::new(),
    };
    owner.me.users().deactivate_user(leave).await.unwrap();
    feed.hears(&user(&left)).await;
    assert_eq!(refusal(list_sessions(&left.me).await), revoked());
}

/// The clock stands still: all of it happens within one second, indeed at one
/// instant.
#[tokio::test]
async fn whoever_loses_a_right_refreshes_and_goes_on_without_it() {
    let world = World::start().await;
    let mut feed = Follower::of(world.platform().await).await;
    let owner = world.company().await;
    let refreshed = async |member: &Member| {
        let tokens = world.refresh(&member.tokens.refresh_token).await.unwrap();
        world.holder(&tokens.access_token)
    };

    let clerk = world.hire(&owner, &[Role::Accountant]).await;
    let revoke = RevokeRoleRequest {
        request_id: request_id(),
        user_id: clerk.user.user_id.clone(),
        role: Role::Accountant.into(),
        role_id: String::new(),
    };
    get_account(&clerk.me).await.unwrap();
    owner.me.access().revoke_role(revoke).await.unwrap();
    let heard = feed.hears(&user(&clerk)).await;
    assert_eq!(heard.generation, 1);
    assert_eq!(refusal(get_account(&clerk.me).await), revoked());
    let clerk = refreshed(&clerk).await;
    list_sessions(&clerk).await.unwrap();
    assert_eq!(
        refusal(get_account(&clerk).await),
        (Code::PermissionDenied, "PERMISSION_MISSING".to_owned())
    );

    let lead = world.hire(&owner, &[]).await;
    let (sales, support) = (GroupId::generate(), GroupId::generate());
    let cover = async |groups: &[GroupId]| {
        let grant = Grant {
            user_id: lead.user.user_id.clone(),
            role: Role::Supervisor.into(),
            group_ids: groups.iter().map(ToString::to_string).collect(),
            ..Grant::default()
        };
        let request = GrantRoleRequest {
            request_id: request_id(),
            grant: Some(grant),
        };
        owner.me.access().grant_role(request).await.unwrap();
    };
    cover(&[sales]).await;
    cover(&[sales, support]).await;
    list_sessions(&lead.me).await.unwrap();
    cover(&[support]).await;
    let heard = feed.hears(&user(&lead)).await;
    assert_eq!(heard.generation, 1, "being given more takes nothing back");
    assert_eq!(refusal(list_sessions(&lead.me).await), revoked());
    list_sessions(&refreshed(&lead).await).await.unwrap();

    let transfer = TransferOwnershipRequest {
        request_id: request_id(),
        user_id: lead.user.user_id.clone(),
    };
    owner
        .me
        .accounts()
        .transfer_ownership(transfer)
        .await
        .unwrap();
    feed.hears(&user(&owner)).await;
    assert_eq!(refusal(list_sessions(&owner.me).await), revoked());
    list_sessions(&refreshed(&owner).await).await.unwrap();
}

#[tokio::test]
async fn a_suspended_company_is_one_revocation_and_a_new_sign_in_is_good() {
    let world = World::start().await;
    let platform = world.platform().await;
    let mut feed = Follower::of(platform.clone()).await;
    let (owner, neighbour) = (world.company().await, world.company().await);
    let clerk = world.hire(&owner, &[]).await;
    let suspend = SuspendAccountRequest {
        request_id: request_id(),
        account_id: owner.account.clone(),
    };
    platform.accounts().suspend_account(suspend).await.unwrap();
    feed.hears(&Subject::AccountId(owner.account.clone())).await;
    for out in [&owner, &clerk] {
        assert_eq!(refusal(list_sessions(&out.me).await), revoked());
    }
    list_sessions(&neighbour.me).await.unwrap();

    let resume = api::identity::v1::ResumeAccountRequest {
        request_id: request_id(),
        account_id: owner.account.clone(),
    };
    platform.accounts().resume_account(resume).await.unwrap();
    let back = world.sign_in(&clerk.user.email).await;
    list_sessions(&back.me).await.unwrap();
    assert_eq!(refusal(list_sessions(&clerk.me).await), revoked());
}

/// The session's end and the word about it are one transaction.
#[tokio::test]
async fn what_is_rolled_back_revokes_nothing() {
    let world = World::start().await;
    let owner = world.company().await;
    let store = world.database.store().await;
    let sql = async |text: &str| store.execute_unprepared(text).await.unwrap();
    // The event about the end, which comes last, cannot be written.
    sql("ALTER TABLE outbox ADD CONSTRAINT full_up CHECK (false) NOT VALID").await;
    let outcome = owner.me.auth().sign_out(SignOutRequest {}).await;
    assert_eq!(refusal(outcome).0, Code::Internal);
    sql("ALTER TABLE outbox DROP CONSTRAINT full_up").await;

    let mut feed = Follower::of(world.platform().await).await;
    assert!(feed.caught_up().await.is_empty());
    list_sessions(&owner.me).await.unwrap();
    owner.me.auth().sign_out(SignOutRequest {}).await.unwrap();
    feed.hears(&session(&owner)).await;
}

/// The replicas share nothing but Postgres.
#[tokio::test]
async fn another_replica_refuses_and_tells_its_followers() {
    let world = World::start().await;
    let replica = world.replica().await;
    let owner = world.company().await;
    let there = owner.me.clone().at(&replica);
    list_sessions(&there).await.unwrap();
    let mut feed = Follower::of(world.platform().await.at(&replica)).await;
    feed.caught_up().await;

    let begun = std::time::Instant::now();
    owner.me.auth().sign_out(SignOutRequest {}).await.unwrap();
    feed.hears(&session(&owner)).await;
    println!(
        "a revocation reached the other replica after {:?}",
        begun.elapsed()
    );
    assert_eq!(refusal(list_sessions(&there).await), revoked());
    replica.shutdown().await.unwrap();
}

/// Whoever reads in the order of writing misses what is committed late.
#[tokio::test]
async fn a_revocation_that_is_committed_late_is_not_missed() {
    let world = World::start().await;
    let owner = world.company().await;
    let mut feed = Follower::of(world.platform().await).await;
    feed.caught_up().await;
    let late = SessionId::generate();
    let store = world.database.store().await;
    let (written, is_written) = oneshot::channel();
    let (commit, may_commit) = oneshot::channel::<()>();
    let (written, may_commit) = (Mutex::new(Some(written)), Mutex::new(Some(may_commit)));
    let transaction = store.transaction(async |tx| {
        let insert = insertion(&format!("'{}'::uuid", late.uuid()), 1);
        tx.execute_unprepared(&insert).await?;
        let _ = written.lock().await.take().unwrap().send(());
        let _ = may_commit.lock().await.take().unwrap().await;
        Ok::<_, StoreError>(())
    });
    let story = async {
        is_written.await.unwrap();
        // Later written, earlier committed, and heard.
        owner.me.auth().sign_out(SignOutRequest {}).await.unwrap();
        feed.hears(&session(&owner)).await;
        commit.send(()).unwrap();
        feed.hears(&Subject::SessionId(late.to_string())).await;
    };
    let (committed, ()) = tokio::join!(transaction, story);
    committed.unwrap();
}

/// So many sessions that nobody ever began have ended.
fn insertion(id: &str, rows: usize) -> String {
    format!(
        "INSERT INTO revocations (kind, subject_id, generation, revoked_at, expires_at) \
         SELECT 'SESSION', {id}, 0, now(), now() + interval '30 minutes' \
         FROM generate_series(1, {rows})"
    )
}

#[tokio::test]
async fn whoever_begins_to_follow_hears_everything_in_portions() {
    const MANY: usize = 2_500;
    let world = World::start().await;
    let store = world.database.store().await;
    let many = insertion("gen_random_uuid()", MANY);
    store.execute_unprepared(&many).await.unwrap();
    let mut feed = Follower::of(world.platform().await).await;
    let subjects: HashSet<_> = feed
        .caught_up()
        .await
        .into_iter()
        .map(|revocation| format!("{:?}", revocation.subject))
        .collect();
    assert_eq!(subjects.len(), MANY);

    // And so when they come all at once.
    store.execute_unprepared(&many).await.unwrap();
    let mut heard = HashSet::new();
    while heard.len() < 2 * MANY {
        let message = feed.next().await;
        assert!(message.revocations.len() <= 1000);
        let subjects = message.revocations.into_iter();
        heard.extend(subjects.map(|revocation| format!("{:?}", revocation.subject)));
    }
}

#[tokio::test]
async fn identity_is_never_silent_for_long() {
    let world = World::start().await;
    let mut feed = Follower::of(world.platform().await).await;
    feed.caught_up().await;
    let mut before = None;
    for _ in 0..3 {
        let message = timeout(HEARTBEAT, feed.next()).await.unwrap();
        assert!(message.as_of_time.is_some());
        world.wait(1);
        let now = message.as_of_time.map(|time| (time.seconds, time.nanos));
        assert!(before <= now, "the feed's time goes on");
        before = now;
    }
}

#[tokio::test]
async fn the_sweep_forgets_a_revocation_when_its_tokens_have_expired() {
    let world = World::start_with(&[("retention.sweep_seconds", "1")]).await;
    let owner = world.company().await;
    owner.me.auth().sign_out(SignOutRequest {}).await.unwrap();
    let store = world.database.store().await;
    let kept = async || {
        let statement = sea_orm::Statement::from_string(
            sea_orm::DbBackend::Postgres,
            "SELECT count(*) AS kept FROM revocations",
        );
        let row = store.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get::<i64>("", "kept").unwrap()
    };
    world.wait(25 * 60);
    // Long enough for a sweep or two to leave it alone.
    let mut feed = Follower::of(world.platform().await).await;
    for _ in 0..5 {
        feed.next().await;
    }
    assert_eq!(kept().await, 1);
    world.wait(10 * 60);
    eventually(EVERYWHERE, "it is forgotten", async || {
        (kept().await == 0).then_some(())
    })
    .await;
}
