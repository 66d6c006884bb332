//! Somebody is suspended or leaves, and a company is suspended: the effect reaches every service
//! within five seconds, each part of it measured.

use std::time::{Duration, Instant};

use api::{
    directory::v1::{Queue, QueueStrategy, target::Kind},
    identity::v1::{
        DeactivateUserRequest, ResumeAccountRequest, ResumeUserRequest, SuspendAccountRequest,
        SuspendUserRequest,
    },
    presence::v1::{GetPersonRequest, HeartbeatRequest, State, WatchPeopleRequest},
    reporting::v1::{AuditEvent, ListAuditEventsRequest},
    routing::v1::CallOutcome,
};
use company::{Member, PASSWORD};
use testkit::eventually;
use tonic::Status;

use crate::{
    office::{Office, SOON, answered_by, becomes, rung},
    world::{tell, tell_undisturbed},
};

/// What the issue of every leave is given.
const PROMISED: Duration = Duration::from_secs(5);

/// When everything began, and what has come of it since.
struct Watch {
    what: &'static str,
    since: Instant,
}

impl Watch {
    fn start(what: &'static str) -> Self {
        Self {
            what,
            since: Instant::now(),
        }
    }

    /// This is so now; within what was promised.
    fn sees(&self, effect: &str) {
        let after = self.since.elapsed();
        println!("{}: {effect} after {after:.2?}", self.what);
        assert!(after < PROMISED, "{effect} after {after:?}");
    }
}

async fn seen_by_the_owner(office: &Office<'_>, member: &Member) -> State {
    let request = GetPersonRequest {
        person_id: member.user_id().to_owned(),
    };
    let mut presence = office.company.owner().desk().presence();
    let seen = presence.get_person(request).await;
    seen.map_or(State::Unspecified, |person| person.into_inner().state())
}

async fn heartbeat(of: &Member, at: &Member) -> Result<(), Status> {
    let request = HeartbeatRequest {
        device_id: of.device_id().to_owned(),
        ..HeartbeatRequest::default()
    };
    at.desk().presence().heartbeat(request).await.map(drop)
}

async fn suspend(office: &Office<'_>, member: &Member) {
    let request = SuspendUserRequest {
        request_id: company::request_id(),
        user_id: member.user_id().to_owned(),
        hand_over_to: String::new(),
    };
    let users = office.company.owner().desk().users();
    users.clone().suspend_user(request).await.unwrap();
}

#[test]
fn whoever_is_suspended_is_out_of_everything_and_back_again() {
    tell_undisturbed(async |world| {
        let office = Office::found(world, "Suspended").await;
        let [anna, ben] = office.at_work(["Anna", "Ben"]).await;
        let in_turn = Queue {
            strategy: QueueStrategy::Linear.into(),
            ..Queue::default()
        };
        let (_, support) = office.queue(&[&anna, &ben], in_turn).await;
        let direct = Kind::ExtensionId(anna.extension_id().to_owned());
        let direct = office.number(direct).await;
        let mut line = office.call(&support).await;
        let ring = line.ring().await.unwrap();
        assert_eq!(ring.person_id, anna.user_id());
        line.ringing(&ring.leg_id).await.unwrap();

        let mut watching = anna.desk().presence();
        let watching = watching.watch_people(WatchPeopleRequest::default());
        let mut watching = watching.await.unwrap().into_inner();

        let watch = Watch::start("suspended");
        suspend(&office, &anna).await;
        watch.sees("identity's answer");
        let ended = tokio::time::timeout(PROMISED, async {
            while let Ok(Some(_)) = watching.message().await {}
        });
        ended.await.unwrap();
        watch.sees("her open stream ended");
        eventually(PROMISED, "her heartbeat is refused", async || {
            heartbeat(&anna, &anna).await.err()
        })
        .await;
        watch.sees("her heartbeat refused");
        eventually(PROMISED, "she is offline", async || {
            (seen_by_the_owner(&office, &anna).await == State::Offline).then_some(())
        })
        .await;
        watch.sees("offline to her colleagues");
        assert_eq!(line.stop_ringing().await.unwrap().leg_id, ring.leg_id);
        watch.sees("her phone silent");
        answered_by(&mut line, &ben).await;
        watch.sees("the call at her colleague's");
        let mut call = office.call(&direct).await;
        assert_eq!(
            call.voicemail().await.unwrap().owner_id,
            anna.extension_id()
        );
        watch.sees("her number at her voicemail");
        let mut waiting = office.call(&support).await;
        waiting.play().await.unwrap();
        assert!(
            rung(&waiting).is_empty(),
            "Ben talks, and Anna is not asked"
        );
        line.hang_up().await.unwrap();
        answered_by(&mut waiting, &ben).await;
        waiting.hang_up().await.unwrap();
        call.hang_up().await.unwrap();

        let request = ResumeUserRequest {
            request_id: company::request_id(),
            user_id: anna.user_id().to_owned(),
        };
        let users = office.company.owner().desk().users();
        users.clone().resume_user(request).await.unwrap();
        let back = Member::sign_in(world.platform.anonymous(), anna.email(), PASSWORD);
        let back = back.await.unwrap();
        let watch = Watch::start("resumed");
        eventually(PROMISED, "her phone is heard again", async || {
            heartbeat(&anna, &back).await.ok()
        })
        .await;
        watch.sees("her phone heard");
        becomes(&back, State::Available).await;
        let mut again = office.call(&support).await;
        answered_by(&mut again, &anna).await;
        again.hang_up().await.unwrap();
    });
}

#[test]
fn a_call_outlives_the_suspension_of_whoever_talks() {
    tell(async |world| {
        let office = Office::found(world, "Suspended While Talking").await;
        let [anna] = office.at_work(["Anna"]).await;
        let (_, support) = office.queue(&[&anna], Queue::default()).await;
        let mut line = office.call(&support).await;
        answered_by(&mut line, &anna).await;
        suspend(&office, &anna).await;
        eventually(SOON, "her heartbeat is refused", async || {
            heartbeat(&anna, &anna).await.err()
        })
        .await;
        assert_eq!(seen_by_the_owner(&office, &anna).await, State::OnACall);
        line.hang_up().await.unwrap();
        eventually(SOON, "she is offline", async || {
            (seen_by_the_owner(&office, &anna).await == State::Offline).then_some(())
        })
        .await;
        let record = office.record(line.call_id()).await;
        assert_eq!(record.outcome(), CallOutcome::Answered);
    });
}

/// The entries of a chain: what began it, and what it entailed.
async fn chain(office: &Office<'_>, began: &str) -> Vec<AuditEvent> {
    let audit = office.company.owner().desk().audit();
    let all = audit
        .clone()
        .list_audit_events(ListAuditEventsRequest::default())
        .await
        .unwrap()
        .into_inner()
        .audit_events;
    let Some(first) = all.iter().find(|event| event.action == began).cloned() else {
        return Vec::new();
    };
    let of_first = |event: &AuditEvent| event.cause_id == first.event_id;
    let entailed: Vec<_> = all.into_iter().filter(of_first).collect();
    std::iter::once(first).chain(entailed).collect()
}

#[test]
fn whoever_leaves_hands_over_their_number_in_one_chain() {
    tell_undisturbed(async |world| {
        let office = Office::found(world, "Left").await;
        let [anna, ben] = office.at_work(["Anna", "Ben"]).await;
        let (queue, support) = office.queue(&[&anna, &ben], Queue::default()).await;
        let direct = Kind::ExtensionId(anna.extension_id().to_owned());
        let direct = office.number(direct).await;

        let watch = Watch::start("deactivated");
        let request = DeactivateUserRequest {
            request_id: company::request_id(),
            user_id: anna.user_id().to_owned(),
            hand_over_to: ben.extension_id().to_owned(),
        };
        let desk = office.company.owner().desk();
        desk.users().deactivate_user(request).await.unwrap();
        eventually(PROMISED, "her number rings her heir", async || {
            let mut line = office
                .call(&direct)
                .await
                .with_patience(Duration::from_secs(1));
            let ring = line.ring().await.ok();
            line.hang_up().await.unwrap();
            ring.filter(|ring| ring.person_id == ben.user_id())
        })
        .await;
        watch.sees("her number at her heir's");
        eventually(PROMISED, "presence knows her no more", async || {
            (seen_by_the_owner(&office, &anna).await == State::Unspecified).then_some(())
        })
        .await;
        watch.sees("gone from presence");
        becomes(&ben, State::Available).await;
        let mut line = office.call(&support).await;
        answered_by(&mut line, &ben).await;
        line.hang_up().await.unwrap();

        let chain = eventually(SOON, "the trail has the chain", async || {
            let chain = chain(&office, "user.deactivated").await;
            (chain.len() >= 4).then_some(chain)
        })
        .await;
        let mut actions: Vec<_> = chain.iter().map(|event| event.action.as_str()).collect();
        actions.sort_unstable();
        let expected = [
            "extension.vacated",
            "number.handed_over",
            "queue.updated",
            "user.deactivated",
        ];
        assert_eq!(actions, expected);
        for event in &chain {
            assert_eq!(event.actor_id, office.company.owner().user_id());
            assert_eq!(event.result, "OK");
        }
        let queue_changed = chain.iter().find(|event| event.action == "queue.updated");
        assert_eq!(queue_changed.unwrap().subject_id, queue.queue_id);
    });
}

#[test]
fn a_suspended_company_finishes_its_calls_and_takes_no_new_ones() {
    tell_undisturbed(async |world| {
        let office = Office::found(world, "Suspended Company").await;
        let [anna, ben] = office.at_work(["Anna", "Ben"]).await;
        let (_, support) = office.queue(&[&anna, &ben], Queue::default()).await;
        let mut talk = office.call(&support).await;
        let ring = talk.ring().await.unwrap();
        talk.ringing(&ring.leg_id).await.unwrap();
        assert!(talk.answer(&ring).await.unwrap());
        talk.connect().await.unwrap();

        let account_id = office.company.account_id().to_owned();
        let accounts = world.platform.founder().accounts();
        let request = SuspendAccountRequest {
            request_id: company::request_id(),
            account_id: account_id.clone(),
        };
        let watch = Watch::start("company suspended");
        accounts.clone().suspend_account(request).await.unwrap();
        let refused = eventually(PROMISED, "new callers hear why", async || {
            let mut line = office.call(&support).await;
            let heard = line.play().await.unwrap().prompt;
            let refused = heard == "cannot-connect";
            if refused {
                line.played().await.unwrap();
            } else {
                line.hang_up().await.unwrap();
            }
            refused.then_some(line)
        })
        .await;
        watch.sees("new callers refused");
        assert!(rung(&refused).is_empty());
        let quiet = talk.next(Duration::from_secs(1)).await;
        assert_eq!(quiet, None, "the running call is left alone");
        talk.hang_up().await.unwrap();

        let request = ResumeAccountRequest {
            request_id: company::request_id(),
            account_id,
        };
        accounts.clone().resume_account(request).await.unwrap();
        let owner = office.company.owner().email();
        let owner = Member::sign_in(world.platform.anonymous(), owner, PASSWORD);
        owner.await.unwrap();
        let watch = Watch::start("company resumed");
        let mut back = Vec::new();
        for member in [&anna, &ben] {
            let who = Member::sign_in(world.platform.anonymous(), member.email(), PASSWORD);
            let who = who.await.unwrap();
            eventually(PROMISED, "phones are heard again", async || {
                heartbeat(member, &who).await.ok()
            })
            .await;
            becomes(&who, State::Available).await;
            back.push(who);
        }
        let mut line = office.call(&support).await;
        let ring = line.ring().await.unwrap();
        watch.sees("calls taken again");
        assert!(line.answer(&ring).await.unwrap());
        line.hang_up().await.unwrap();
    });
}
