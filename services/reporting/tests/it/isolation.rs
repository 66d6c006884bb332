//! Tenants, and reach within a tenant.

use access::{Covered, Role};
use api::reporting::v1::{
    GetCallRecordRequest, GetPersonStatisticsRequest, ListAuditEventsRequest,
    ListCallRecordsRequest,
};
use ids::QueueId;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tonic::Code;

use crate::{
    company::{Company, RING_GROUP},
    service::{World, of_people, of_queues, reason},
};

async fn a_morning(world: &World) -> (Company, Vec<ids::CallId>) {
    let company = Company::new();
    let mut tape = company.tape();
    let calls = company.morning(&mut tape);
    tape.change("", "account.created", &company.account.to_string());
    tape.play(&world.live).await;
    world.fold_all().await;
    (company, calls)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn another_tenant_finds_nothing() {
    let world = World::new().await;
    let (company, calls) = a_morning(&world).await;
    let service = world.start().await;
    let stranger = world.owner(ids::AccountId::generate());
    let request = GetCallRecordRequest {
        call_id: calls[0].to_string(),
    };
    let refused = service
        .records(&stranger.token())
        .get_call_record(request)
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::NotFound, "CALL_RECORD_NOT_FOUND")
    );
    let unknown = GetCallRecordRequest {
        call_id: ids::CallId::generate().to_string(),
    };
    let same = service
        .records(&stranger.token())
        .get_call_record(unknown)
        .await
        .unwrap_err();
    assert_eq!(
        (same.code(), same.message()),
        (refused.code(), refused.message())
    );
    assert!(
        service
            .list(&stranger, Default::default())
            .await
            .unwrap()
            .call_records
            .is_empty()
    );
    let asked = GetPersonStatisticsRequest {
        person_ids: vec![company.anna.to_string()],
        ..of_people()
    };
    assert!(
        service
            .people(&stranger, asked)
            .await
            .unwrap()
            .people
            .is_empty()
    );
    assert!(
        service
            .queues(&stranger, of_queues())
            .await
            .unwrap()
            .queues
            .is_empty()
    );
    let mut audit = service.audit(&stranger.token());
    let events = audit
        .list_audit_events(ListAuditEventsRequest::default())
        .await
        .unwrap();
    assert!(events.into_inner().audit_events.is_empty());
}

/// The second lock: a query that forgot its tenant sees nothing, of a table or of its parts.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_query_without_a_tenant_sees_nothing() {
    let world = World::new().await;
    a_morning(&world).await;
    let tables = "SELECT relname::text AS name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace \
                  WHERE nspname = 'public' AND relkind IN ('r', 'p') \
                  AND relname NOT IN ('offsets', 'schema_migrations')";
    let rows = world
        .store
        .query_all_raw(Statement::from_string(DbBackend::Postgres, tables))
        .await
        .unwrap();
    assert!(rows.len() > 13);
    for row in rows {
        let name: String = row.try_get("", "name").unwrap();
        let count = Statement::from_string(
            DbBackend::Postgres,
            format!("SELECT count(*) AS rows FROM {name}"),
        );
        let seen: i64 = world
            .store
            .query_one_raw(count)
            .await
            .unwrap()
            .unwrap()
            .try_get("", "rows")
            .unwrap();
        assert_eq!(seen, 0, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_user_sees_their_own() {
    let world = World::new().await;
    let (company, calls) = a_morning(&world).await;
    let service = world.start().await;
    let ben = world
        .callers
        .person(company.account)
        .named(company.ben)
        .with_roles(&[Role::User]);
    let listed = service
        .list(&ben, Default::default())
        .await
        .unwrap()
        .call_records;
    let mine: Vec<_> = listed.into_iter().map(|record| record.call_id).collect();
    assert_eq!(mine, [calls[5].to_string(), calls[4].to_string()]);
    let request = |call: ids::CallId| GetCallRecordRequest {
        call_id: call.to_string(),
    };
    let mut records = service.records(&ben.token());
    assert!(records.get_call_record(request(calls[5])).await.is_ok());
    assert_eq!(
        records
            .get_call_record(request(calls[0]))
            .await
            .unwrap_err()
            .code(),
        Code::NotFound
    );
    let of_anna = GetPersonStatisticsRequest {
        person_ids: vec![company.anna.to_string()],
        ..of_people()
    };
    assert!(
        service
            .people(&ben, of_anna)
            .await
            .unwrap()
            .people
            .is_empty()
    );
    let own = service.people(&ben, of_people()).await.unwrap().people;
    assert_eq!(
        own.iter()
            .map(|person| &person.person_id)
            .collect::<Vec<_>>(),
        [&company.ben.to_string()]
    );
    assert!(
        service
            .queues(&ben, of_queues())
            .await
            .unwrap()
            .queues
            .is_empty()
    );
    let mut audit = service.audit(&ben.token());
    let refused = audit
        .list_audit_events(ListAuditEventsRequest::default())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_supervisor_sees_what_they_cover_and_nothing_else() {
    let world = World::new().await;
    let company = Company::new();
    let mut tape = company.tape();
    company.morning(&mut tape);
    tape.enroll(&company.support.to_string(), "members", &[company.anna]);
    tape.enroll(RING_GROUP, "member_ids", &[company.ben]);
    tape.play(&world.live).await;
    world.fold_all().await;
    let service = world.start().await;
    let seen = async |covered: &[Covered]| {
        let supervisor = world.callers.person(company.account).supervising(covered);
        let records = service.list(&supervisor, Default::default()).await.unwrap();
        let people = service.people(&supervisor, of_people()).await.unwrap();
        let queues = service.queues(&supervisor, of_queues()).await.unwrap();
        (
            records.call_records.len(),
            people
                .people
                .into_iter()
                .map(|it| it.person_id)
                .collect::<Vec<_>>(),
            queues
                .queues
                .into_iter()
                .map(|it| it.queue_id)
                .collect::<Vec<_>>(),
        )
    };
    let (anna, ben) = (company.anna.to_string(), company.ben.to_string());
    let support = Covered::from(company.support);
    let sales: Covered = RING_GROUP.parse().unwrap();
    // All that waited in the queue, and the one that rang Anna from the ring group.
    assert_eq!(
        seen(&[support]).await,
        (6, vec![anna.clone()], vec![company.support.to_string()])
    );
    // The one from the ring group, and the one that Ben took from the queue.
    assert_eq!(seen(&[sales]).await, (2, vec![ben.clone()], vec![]));
    assert_eq!(
        seen(&[QueueId::generate().into()]).await,
        (0, vec![], vec![])
    );
    assert_eq!(seen(&[]).await, (0, vec![], vec![]));

    // Who leaves a queue is out of its supervisor's sight.
    tape.enroll(&company.support.to_string(), "members", &[company.ben]);
    tape.play(&world.live).await;
    world.fold_all().await;
    assert_eq!(seen(&[support]).await.1, [ben]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_key_of_the_platform_has_no_account_to_ask_about() {
    let world = World::new().await;
    let service = world.start().await;
    let token = world
        .callers
        .service(None, &[access::Permission::CallRecordsRead]);
    let mut records = service.records(&token);
    let refused = records
        .list_call_records(ListCallRecordsRequest::default())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}
