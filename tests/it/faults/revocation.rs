//! Tokens that are taken back, and what happens when nobody says so (I26).

use std::{
    pin::Pin,
    time::{Duration, Instant},
};

use api::{
    directory::v1::{ListQueuesRequest, Queue},
    identity::v1::{
        ListSessionsRequest, SignOutRequest, SuspendAccountRequest, SuspendUserRequest,
    },
    presence::v1::{GetPersonRequest, State, WatchPeopleRequest},
    reporting::v1::ListCallRecordsRequest,
    routing::v1::ListCallsRequest,
};
use company::{Company, Desk, Member, request_id};
use futures::future::join_all;
use mesh::Service;
use testkit::eventually;
use tokio::task::JoinSet;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{
    office::{Office, SOON, answered_by, becomes},
    world::{OwnWorld, alone},
};

/// What ID-5 promises.
const EVERYWHERE: Duration = Duration::from_secs(5);
/// When nobody says it any more, and what is given to a busy machine.
const MAX_AGE_SECONDS: u64 = 3;
const NOTICED: Duration = Duration::from_secs(15);
const RECOVERED: Duration = Duration::from_secs(30);
/// Others at work meanwhile, each with one call after the other.
const OTHERS: usize = 8;

type Answer<'a> = Pin<Box<dyn Future<Output = Result<(), Status>> + Send + 'a>>;

/// One question that everybody may ask, at each service.
fn ask<'a>(service: Service, desk: &'a Desk, person_id: &'a str) -> Answer<'a> {
    Box::pin(async move {
        match service {
            Service::Identity => {
                let request = ListSessionsRequest::default();
                desk.auth().list_sessions(request).await.map(drop)
            }
            Service::Directory => {
                let request = ListQueuesRequest::default();
                desk.queues().list_queues(request).await.map(drop)
            }
            Service::Presence => {
                let person_id = person_id.to_owned();
                let request = GetPersonRequest { person_id };
                desk.presence().get_person(request).await.map(drop)
            }
            Service::Routing => {
                let request = ListCallsRequest::default();
                desk.calls().list_calls(request).await.map(drop)
            }
            Service::Reporting => {
                let request = ListCallRecordsRequest::default();
                desk.records().list_call_records(request).await.map(drop)
            }
        }
    })
}

fn reason(status: &Status) -> String {
    let info = status.get_details_error_info();
    info.map(|info| info.reason).unwrap_or_default()
}

fn is_revoked(status: &Status) -> bool {
    status.code() == Code::Unauthenticated && reason(status) == "TOKEN_REVOKED"
}

/// Does something to `victim` and measures until it is felt everywhere.
async fn felt_everywhere(what: &str, victim: &Member, deed: impl Future<Output = ()>) {
    let (desk, id) = (victim.desk(), victim.user_id());
    for service in Service::ALL {
        ask(service, desk, id).await.unwrap();
    }
    let request = WatchPeopleRequest::default();
    let stream = desk.presence().watch_people(request).await.unwrap();
    let mut stream = stream.into_inner();
    assert!(stream.message().await.unwrap().is_some(), "it flows");

    deed.await;
    let done = Instant::now();
    let refused = Service::ALL.map(|service| async move {
        let what = format!("{} refuses", service.name());
        eventually(EVERYWHERE, &what, async || {
            let refused = ask(service, desk, id).await.err()?;
            is_revoked(&refused).then_some(())
        })
        .await;
        (service.name(), done.elapsed())
    });
    let ended = async {
        loop {
            match stream.message().await {
                Ok(item) => assert!(item.is_some(), "it ended as if nothing had happened"),
                Err(status) => {
                    assert!(is_revoked(&status), "{status:?}");
                    return ("an open stream", done.elapsed());
                }
            }
        }
    };
    let (mut felt, ended) = tokio::join!(join_all(refused), ended);
    felt.push(ended);
    for (where_, after) in &felt {
        println!("{what}: {where_} after {} ms", after.as_millis());
        assert!(*after <= EVERYWHERE, "{what}: {where_} after {after:?}");
    }
}

/// Colleagues who ask everybody everything until dropped.
async fn load(company: &Company) -> JoinSet<()> {
    let mut load = JoinSet::new();
    for number in 0..OTHERS {
        let colleague = company.hire(&format!("Other{number}"), "Smith").await;
        let colleague = colleague.unwrap();
        eventually(SOON, "presence knows a colleague", async || {
            colleague.seen().await.ok()
        })
        .await;
        load.spawn(async move {
            for service in Service::ALL.into_iter().cycle() {
                let answer = ask(service, colleague.desk(), colleague.user_id()).await;
                answer.unwrap_or_else(|status| panic!("a bystander is refused: {status:?}"));
            }
        });
    }
    load
}

#[test]
fn whoever_is_out_is_out_everywhere_within_five_seconds() {
    alone(async {
        let world = OwnWorld::with(|options| {
            let key = "platform_keys.bootstrap.permissions";
            options.settings.push((
                Service::Identity,
                key.to_owned(),
                "ACCOUNTS_CREATE,ACCOUNTS_SUSPEND".to_owned(),
            ));
        })
        .await;
        let busy = Office::found(&world, "Busy").await;
        let mut load = load(&busy.company).await;
        let office = Office::found(&world, "Revoked").await;
        let [anna, bela, carl] = office.at_work(["Anna", "Bela", "Carl"]).await;

        felt_everywhere("signed out", &anna, async {
            let request = SignOutRequest {};
            anna.desk().auth().sign_out(request).await.unwrap();
        })
        .await;

        felt_everywhere("suspended", &bela, async {
            let request = SuspendUserRequest {
                request_id: request_id(),
                user_id: bela.user_id().to_owned(),
                hand_over_to: String::new(),
            };
            let owner = office.company.owner().desk();
            owner.users().suspend_user(request).await.unwrap();
        })
        .await;

        felt_everywhere("company suspended", &carl, async {
            let request = SuspendAccountRequest {
                request_id: request_id(),
                account_id: office.company.account_id().to_owned(),
            };
            let platform = world.platform.founder();
            platform.accounts().suspend_account(request).await.unwrap();
        })
        .await;
        assert!(load.try_join_next().is_none(), "a bystander was refused");
    });
}

#[test]
fn a_service_that_starts_again_knows_what_was_revoked_before() {
    alone(async {
        let world = OwnWorld::start().await;
        let office = Office::found(&world, "Restarted").await;
        let [anna] = office.at_work(["Anna"]).await;
        anna.desk()
            .auth()
            .sign_out(SignOutRequest {})
            .await
            .unwrap();
        eventually(EVERYWHERE, "directory refuses", async || {
            let refused = ask(Service::Directory, anna.desk(), anna.user_id()).await;
            refused.err().filter(is_revoked)
        })
        .await;

        world.kill(Service::Directory).await;
        let asking = async {
            loop {
                match ask(Service::Directory, anna.desk(), anna.user_id()).await {
                    Ok(()) => panic!("the old token got through"),
                    Err(status) if is_revoked(&status) => return,
                    // Not there yet, or does not know yet.
                    Err(status) => assert!(
                        [Code::Unavailable, Code::DeadlineExceeded].contains(&status.code()),
                        "{status:?}"
                    ),
                }
            }
        };
        tokio::join!(asking, world.restart(Service::Directory));
        ask(
            Service::Directory,
            office.company.owner().desk(),
            office.company.owner().user_id(),
        )
        .await
        .unwrap();
    });
}

/// Something that needs to be sure of the caller.
async fn make_queue(office: &Office<'_>, name: &str) -> Result<(), Status> {
    let request = api::directory::v1::CreateQueueRequest {
        request_id: request_id(),
        queue: Some(Queue {
            display_name: name.to_owned(),
            wrap_up: Some(prost_types::Duration::default()),
            ..Queue::default()
        }),
    };
    let owner = office.company.owner().desk();
    owner.queues().create_queue(request).await.map(drop)
}

/// Waits until what needs to be sure of the caller is refused.
async fn stale(office: &Office<'_>) {
    let is_stale = |answer: Result<(), Status>| {
        let status = answer.err()?;
        let stale = status.code() == Code::Unavailable && reason(&status) == "REVOCATIONS_STALE";
        stale.then_some(())
    };
    eventually(NOTICED, "directory changes nothing", async || {
        is_stale(make_queue(office, "During").await)
    })
    .await;
    let owner = office.company.owner();
    eventually(NOTICED, "reporting shows no records", async || {
        is_stale(ask(Service::Reporting, owner.desk(), owner.user_id()).await)
    })
    .await;
}

/// Waits until it is done again.
async fn sure(office: &Office<'_>, name: &str) {
    eventually(RECOVERED, "directory changes something", async || {
        make_queue(office, name).await.ok()
    })
    .await;
    let owner = office.company.owner();
    eventually(RECOVERED, "reporting shows records", async || {
        ask(Service::Reporting, owner.desk(), owner.user_id())
            .await
            .ok()
    })
    .await;
}

#[test]
fn without_word_from_identity_sensitive_methods_wait_and_calls_go_on() {
    alone(async {
        let world = OwnWorld::with(|options| {
            for service in [
                Service::Directory,
                Service::Presence,
                Service::Routing,
                Service::Reporting,
            ] {
                let key = "identity.revocations_max_age_seconds".to_owned();
                let value = MAX_AGE_SECONDS.to_string();
                options.settings.push((service, key, value));
            }
        })
        .await;
        let office = Office::found(&world, "No Word").await;
        let [anna] = office.at_work(["Anna"]).await;
        let (_, support) = office.queue(&[&anna], Queue::default()).await;
        make_queue(&office, "Before").await.unwrap();

        // Its connections stay open, and nothing comes over them.
        world.freeze(Service::Identity).await;
        let frozen = Instant::now();
        stale(&office).await;
        println!(
            "refused {} ms after the last word",
            frozen.elapsed().as_millis()
        );
        for service in [Service::Directory, Service::Presence, Service::Routing] {
            ask(service, anna.desk(), anna.user_id()).await.unwrap();
        }
        let mut line = office.call(&support).await;
        answered_by(&mut line, &anna).await;
        line.hang_up().await.unwrap();
        becomes(&anna, State::Available).await;
        world.thaw(Service::Identity).await;
        sure(&office, "After").await;

        // And the same when identity is gone altogether.
        world.kill(Service::Identity).await;
        stale(&office).await;
        world.restart(Service::Identity).await;
        sure(&office, "At last").await;
    });
}
