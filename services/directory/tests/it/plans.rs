//! What calls run on, and the word that it has changed.

use std::time::{Duration, Instant};

use api::directory::v1::{
    AssignNumberRequest, GetPlanRequest, PlanChange, WatchPlansRequest, WatchPlansResponse,
    get_plan_request::By, target::Kind, watch_plans_response::Message,
};
use futures::StreamExt as _;
use ids::AccountId;
use store::ConnectionTrait as _;
use tonic::{Code, Streaming};

use crate::world::{As, World, number, queue, refusal, request_id, to, wrong_fields};

async fn watch(at: &As) -> Streaming<WatchPlansResponse> {
    let mut news = at
        .plans()
        .watch_plans(WatchPlansRequest {})
        .await
        .unwrap()
        .into_inner();
    assert!(
        matches!(next(&mut news).await, Message::Reset(_)),
        "a watcher starts from nothing"
    );
    news
}

async fn next(news: &mut Streaming<WatchPlansResponse>) -> Message {
    let heard = tokio::time::timeout(Duration::from_secs(10), news.next()).await;
    heard.unwrap().unwrap().unwrap().message.unwrap()
}

/// The next change; the reset of a listener that has just begun may come before it.
async fn next_change(news: &mut Streaming<WatchPlansResponse>) -> PlanChange {
    loop {
        if let Message::Change(change) = next(news).await {
            return change;
        }
    }
}

#[tokio::test]
async fn every_replica_tells_of_a_change_within_a_second() {
    let world = World::start().await;
    let replica = world.replica().await;
    let company = world.company();
    let ada = company.colleague().await;
    let number = company
        .admin
        .create_number(number(&world.number()))
        .await
        .unwrap();
    let (mut here, mut there) = (
        watch(&world.platform()).await,
        watch(&world.platform().at(&replica)).await,
    );

    let assign = AssignNumberRequest {
        request_id: request_id(),
        number_id: number.number_id,
        target: to(Kind::ExtensionId(ada.extension_id)),
        etag: number.etag,
    };
    company.admin.numbers().assign_number(assign).await.unwrap();
    let since = Instant::now();
    let expected = PlanChange {
        account_id: company.id.to_string(),
        version: 3,
        e164: vec![number.e164.clone()],
    };
    for news in [&mut here, &mut there] {
        assert_eq!(next_change(news).await, expected);
    }
    assert!(
        since.elapsed() < Duration::from_secs(1),
        "told after {:?}",
        since.elapsed()
    );

    // And the other replica gives the new plan, not one that it had before.
    let by = By::E164(number.e164);
    let answer = world.platform().at(&replica).get_plan(by, 2).await.unwrap();
    let plan = answer.plan.unwrap();
    assert!(plan.numbers[0].target.as_ref().unwrap().kind.is_some());
}

#[tokio::test]
async fn a_lost_connection_is_told_as_a_reset() {
    let world = World::start().await;
    let company = world.company();
    let mut news = watch(&world.platform()).await;
    company.admin.create_queue(queue(&[])).await.unwrap();
    next_change(&mut news).await;

    let store = world.database.store().await;
    let listeners = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                     WHERE query LIKE 'LISTEN \"plan_changed\"%' AND datname = current_database() AND pid <> pg_backend_pid()";
    store.execute_unprepared(listeners).await.unwrap();
    assert!(matches!(next(&mut news).await, Message::Reset(_)));
    company.admin.create_queue(queue(&[])).await.unwrap();
    assert_eq!(next_change(&mut news).await.version, 2);
}

#[tokio::test]
async fn a_plan_is_asked_for_by_account_or_number_and_sent_once() {
    let world = World::start().await;
    let company = world.company();
    let number = company
        .admin
        .create_number(number(&world.number()))
        .await
        .unwrap();
    let platform = world.platform();
    let by_account = platform
        .get_plan(By::AccountId(company.id.to_string()), 0)
        .await
        .unwrap();
    let by_number = platform
        .get_plan(By::E164(number.e164.clone()), 0)
        .await
        .unwrap();
    assert_eq!(by_account, by_number);
    assert_eq!(
        (by_account.version, by_account.plan.unwrap().numbers),
        (1, vec![number])
    );
    let again = platform
        .get_plan(By::AccountId(company.id.to_string()), 1)
        .await
        .unwrap();
    assert_eq!(
        (again.account_id, again.version, again.plan),
        (company.id.to_string(), 1, None)
    );
    // A version from the future, as after a restored backup, is not the current one.
    let ahead = platform
        .get_plan(By::AccountId(company.id.to_string()), 99)
        .await
        .unwrap();
    assert!(ahead.plan.is_some());

    let unknown = platform
        .get_plan(By::AccountId(AccountId::generate().to_string()), 0)
        .await;
    assert_eq!(
        refusal(unknown),
        (Code::NotFound, "ACCOUNT_NOT_FOUND".to_owned())
    );
    let unknown = platform.get_plan(By::E164(world.number()), 0).await;
    assert_eq!(
        refusal(unknown),
        (Code::NotFound, "NUMBER_NOT_FOUND".to_owned())
    );
    for (by, field) in [
        (Some(By::AccountId("acc_1".to_owned())), "account_id"),
        (Some(By::E164("112".to_owned())), "e164"),
        (Some(By::E164("tel:+4930901820".to_owned())), "e164"),
        (None, "by"),
    ] {
        let refused = platform
            .plans()
            .get_plan(GetPlanRequest {
                by,
                known_version: 0,
            })
            .await;
        assert_eq!(wrong_fields(refused), [field]);
    }
}

/// While two writers change a queue and its overflow together, no reader ever sees a plan whose
/// parts are of different versions.
#[tokio::test]
async fn a_plan_is_of_one_instant() {
    let world = World::start().await;
    let company = world.company();
    let writer = async {
        for _ in 0..20 {
            company.admin.create_queue(queue(&[])).await.unwrap();
        }
    };
    let reader = async {
        let mut last = 0;
        while last < 20 {
            let by = By::AccountId(company.id.to_string());
            let Ok(answer) = world.platform().get_plan(by, last).await else {
                continue;
            };
            assert!(answer.version >= last, "never back");
            if let Some(plan) = answer.plan {
                assert_eq!(i64::try_from(plan.queues.len()).unwrap(), plan.version);
                last = plan.version;
            }
        }
    };
    tokio::join!(writer, reader);
}
