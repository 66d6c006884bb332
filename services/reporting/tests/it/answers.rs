//! Lists, filters, pages, definitions, and time that is still running.

use access::Role;
use api::{
    presence::v1::{Cause, State},
    reporting::v1::{GetDefinitionsRequest, GetPersonStatisticsRequest, ListCallRecordsRequest},
};
use chrono::TimeDelta;
use clock::Clock;

use crate::{
    company::Company,
    service::{World, of_people, of_queues, seconds, timestamp},
    tape::noon,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn calls_are_listed_newest_first_filtered_and_paged() {
    let (world, company) = (World::new().await, Company::new());
    let mut tape = company.tape();
    let mut calls = company.morning(&mut tape);
    tape.play(&world.live).await;
    world.fold_all().await;
    let (service, owner) = (world.start().await, world.owner(company.account));
    calls.reverse();
    let ids = async |request: ListCallRecordsRequest| -> Vec<String> {
        let answer = service.list(&owner, request).await.unwrap();
        answer
            .call_records
            .into_iter()
            .map(|record| record.call_id)
            .collect()
    };
    let newest_first: Vec<_> = calls.iter().map(ToString::to_string).collect();
    assert_eq!(ids(ListCallRecordsRequest::default()).await, newest_first);

    let bens = ListCallRecordsRequest {
        person_id: company.ben.to_string(),
        ..Default::default()
    };
    assert_eq!(ids(bens).await, newest_first[..2]);
    let queued = ListCallRecordsRequest {
        queue_id: company.support.to_string(),
        ..Default::default()
    };
    assert_eq!(ids(queued).await.len(), 5);
    let from = ListCallRecordsRequest {
        from: "+4930222".into(),
        ..Default::default()
    };
    assert_eq!(ids(from).await, newest_first[3..5]);
    let early = ListCallRecordsRequest {
        end_time: timestamp(noon() + TimeDelta::seconds(1)),
        ..Default::default()
    };
    assert_eq!(ids(early).await, newest_first[5..]);

    let mut request = ListCallRecordsRequest {
        page_size: 4,
        ..Default::default()
    };
    let first = service.list(&owner, request.clone()).await.unwrap();
    assert_eq!(first.call_records.len(), 4);
    assert!(
        first
            .call_records
            .iter()
            .all(|record| record.timeline.is_empty())
    );
    request.page_token = first.next_page_token;
    assert_eq!(ids(request).await, newest_first[4..]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn people_are_paged_in_order() {
    let (world, company) = (World::new().await, Company::new());
    let mut tape = company.tape();
    company.morning(&mut tape);
    tape.play(&world.live).await;
    world.fold_all().await;
    let (service, owner) = (world.start().await, world.owner(company.account));
    let mut request = GetPersonStatisticsRequest {
        page_size: 1,
        ..of_people()
    };
    let first = service.people(&owner, request.clone()).await.unwrap();
    request.page_token = first.next_page_token;
    let second = service.people(&owner, request).await.unwrap();
    assert!(first.people[0].person_id < second.people[0].person_id);
    assert_eq!(second.next_page_token, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_open_state_counts_up_to_now_or_the_end() {
    let (world, company) = (World::new().await, Company::new());
    let now = Clock::system().now();
    let mut tape = company.tape();
    tape.events.clear();
    tape.now = now - TimeDelta::days(4);
    tape.person(company.ben, State::Away, Cause::ModeSet);
    tape.play(&world.live).await;
    world.fold_all().await;
    let (service, owner) = (world.start().await, world.owner(company.account));
    let away = async |start, end| {
        let request = GetPersonStatisticsRequest {
            start_time: timestamp(start),
            end_time: timestamp(end),
            person_ids: vec![company.ben.to_string()],
            ..Default::default()
        };
        let people = service.people(&owner, request).await.unwrap().people;
        let state = people
            .first()
            .and_then(|ben| ben.states.iter().find(|state| state.state == "AWAY"));
        state
            .and_then(|state| seconds(state.time))
            .unwrap_or_default()
    };
    // Four days, less or more the seconds that the test takes.
    let four_days = TimeDelta::days(4).num_seconds() as f64;
    let open = away(now - TimeDelta::days(10), now + TimeDelta::days(10)).await;
    assert!((four_days..four_days + 60.0).contains(&open), "{open}");
    assert_eq!(away(noon(), noon() + TimeDelta::hours(2)).await, 7200.0);

    // The same, closed: whole days in the middle, quarter-hours at the ends.
    tape.now = now;
    tape.person(company.ben, State::Available, Cause::ModeSet);
    tape.play(&world.live).await;
    world.fold_all().await;
    assert_eq!(
        away(now - TimeDelta::days(10), now + TimeDelta::days(1))
            .await
            .round(),
        four_days
    );
    assert_eq!(away(noon(), noon() + TimeDelta::hours(2)).await, 7200.0);
    assert_eq!(world.app().check(company.account).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn every_number_has_a_definition() {
    let world = World::new().await;
    let service = world.start().await;
    let person = world
        .callers
        .person(Company::new().account)
        .with_roles(&[Role::User]);
    let answer = service
        .statistics(&person.token())
        .get_definitions(GetDefinitionsRequest {})
        .await
        .unwrap();
    let defined: Vec<_> = answer
        .into_inner()
        .definitions
        .into_iter()
        .map(|definition| definition.field)
        .collect();
    // By the descriptor set, so that a new number without a formula fails.
    let pool = prost_reflect::DescriptorPool::decode(api::DESCRIPTORS).unwrap();
    let mut numbers = Vec::new();
    for message in ["PersonStatistics", "QueueStatistics"] {
        let message = pool
            .get_message_by_name(&format!("strowger.reporting.v1.{message}"))
            .unwrap();
        let fields = message
            .fields()
            .filter(|field| !field.name().ends_with("_id"));
        numbers.extend(fields.map(|field| format!("{}.{}", message.name(), field.name())));
    }
    assert_eq!(defined, numbers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_empty_company_has_empty_answers() {
    let world = World::new().await;
    let (service, owner) = (world.start().await, world.owner(Company::new().account));
    assert!(
        service
            .list(&owner, Default::default())
            .await
            .unwrap()
            .call_records
            .is_empty()
    );
    assert!(
        service
            .people(&owner, of_people())
            .await
            .unwrap()
            .people
            .is_empty()
    );
    assert!(
        service
            .queues(&owner, of_queues())
            .await
            .unwrap()
            .queues
            .is_empty()
    );
}
