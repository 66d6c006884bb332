//! Whoever supervises one queue sees that queue, in every service, and no other.

use std::collections::BTreeSet;

use api::{
    directory::v1::{ListExtensionsRequest, ListNumbersRequest, ListQueuesRequest, Queue},
    identity::v1::Role,
    presence::v1::{GetPersonRequest, ListPeopleRequest, WatchPeopleRequest},
    reporting::v1::{
        GetCallRecordRequest, GetPersonStatisticsRequest, GetQueueStatisticsRequest,
        ListCallRecordsRequest,
    },
    routing::v1::{GetCallRequest, GetWaitingLineRequest, ListCallsRequest},
};
use company::Member;
use testkit::eventually;
use tonic::Code;

use super::report::around_now;
use crate::{
    office::{Office, SOON, answered_by},
    world::tell,
};

/// Everything that somebody is shown about people, queues and calls.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    people: BTreeSet<String>,
    extensions: BTreeSet<String>,
    queues: BTreeSet<String>,
    numbers: BTreeSet<String>,
    calls: BTreeSet<String>,
}

async fn seen_by(member: &Member) -> Seen {
    let desk = member.desk();
    let people = desk
        .presence()
        .list_people(ListPeopleRequest::default())
        .await;
    let people = people.unwrap().into_inner().people;
    let extensions = desk
        .extensions()
        .list_extensions(ListExtensionsRequest::default())
        .await;
    let extensions = extensions.unwrap().into_inner().extensions;
    let queues = desk
        .queues()
        .list_queues(ListQueuesRequest::default())
        .await;
    let queues = queues.unwrap().into_inner().queues;
    let numbers = desk
        .numbers()
        .list_numbers(ListNumbersRequest::default())
        .await;
    let numbers = numbers.unwrap().into_inner().numbers;
    let calls = desk.calls().list_calls(ListCallsRequest::default()).await;
    let calls = calls.unwrap().into_inner().calls;
    Seen {
        people: people.into_iter().map(|it| it.person_id).collect(),
        extensions: extensions.into_iter().map(|it| it.person_id).collect(),
        queues: queues.into_iter().map(|it| it.queue_id).collect(),
        numbers: numbers.into_iter().map(|it| it.e164).collect(),
        calls: calls.into_iter().map(|it| it.call_id).collect(),
    }
}

/// The first people of a watch.
async fn watched_by(member: &Member, count: usize) -> BTreeSet<String> {
    let request = WatchPeopleRequest::default();
    let stream = member.desk().presence().watch_people(request).await;
    let mut stream = stream.unwrap().into_inner();
    let mut people = BTreeSet::new();
    while people.len() < count {
        let next = tokio::time::timeout(SOON, stream.message()).await;
        let next = next.unwrap().unwrap().unwrap();
        people.insert(next.person.unwrap().person_id);
    }
    people
}

fn set<const N: usize>(ids: [&str; N]) -> BTreeSet<String> {
    ids.into_iter().map(str::to_owned).collect()
}

#[test]
fn a_supervisor_sees_their_queue_everywhere_and_nothing_of_another() {
    tell(async |world| {
        let office = Office::found(world, "Supervised").await;
        let [anna, ben, sue, ulf] = office.at_work(["Anna", "Ben", "Sue", "Ulf"]).await;
        let (ours, our_number) = office.queue(&[&anna], Queue::default()).await;
        let (theirs, their_number) = office.queue(&[&ben], Queue::default()).await;
        let cover = [ours.queue_id.as_str()];
        office
            .company
            .grant(&sue, Role::Supervisor, &cover)
            .await
            .unwrap();
        office
            .company
            .grant(&ulf, Role::Supervisor, &[])
            .await
            .unwrap();
        let sue = office.company.sign_in_again(&sue).await.unwrap();
        let ulf = office.company.sign_in_again(&ulf).await.unwrap();

        let mut our_call = office.call(&our_number).await;
        answered_by(&mut our_call, &anna).await;
        let mut their_call = office.call(&their_number).await;
        answered_by(&mut their_call, &ben).await;
        let mut waiting = office.call(&our_number).await;
        waiting.play().await.unwrap();

        let mine = Seen {
            people: set([anna.user_id(), sue.user_id()]),
            extensions: set([anna.user_id(), sue.user_id()]),
            queues: set([&ours.queue_id]),
            numbers: set([&our_number]),
            calls: set([our_call.call_id(), waiting.call_id()]),
        };
        let seen = eventually(SOON, "Sue sees her queue", async || {
            Some(seen_by(&sue).await).filter(|seen| *seen == mine)
        });
        assert_eq!(seen.await, mine);
        assert_eq!(
            seen_by(&ulf).await,
            Seen {
                people: set([ulf.user_id()]),
                extensions: set([ulf.user_id()]),
                queues: set([]),
                numbers: set([]),
                calls: set([]),
            },
            "a supervisor of nothing sees themselves"
        );
        assert_eq!(watched_by(&sue, 2).await, mine.people);

        let line = |queue: &Queue| GetWaitingLineRequest {
            queue_id: queue.queue_id.clone(),
            ..GetWaitingLineRequest::default()
        };
        let mut lines = sue.desk().waiting_lines();
        let ours_now = lines.get_waiting_line(line(&ours)).await.unwrap();
        assert_eq!(ours_now.into_inner().size, 1);
        let call = GetCallRequest {
            call_id: their_call.call_id().to_owned(),
        };
        let person = GetPersonRequest {
            person_id: ben.user_id().to_owned(),
        };
        let hidden = [
            lines.get_waiting_line(line(&theirs)).await.map(drop),
            ulf.desk()
                .waiting_lines()
                .get_waiting_line(line(&ours))
                .await
                .map(drop),
            sue.desk().calls().get_call(call).await.map(drop),
            sue.desk().presence().get_person(person).await.map(drop),
        ];
        for outcome in hidden {
            assert_eq!(outcome.unwrap_err().code(), Code::NotFound);
        }

        waiting.hang_up().await.unwrap();
        our_call.hang_up().await.unwrap();
        their_call.hang_up().await.unwrap();
        office.record(our_call.call_id()).await;
        office.record(waiting.call_id()).await;
        office.record(their_call.call_id()).await;
        let reported = async |member: &Member| {
            let mut records = member.desk().records();
            let records = records
                .list_call_records(ListCallRecordsRequest::default())
                .await;
            let records = records.unwrap().into_inner().call_records;
            let ids = records.into_iter().map(|it| it.call_id);
            ids.collect::<BTreeSet<String>>()
        };
        assert_eq!(reported(&sue).await, mine.calls);
        assert_eq!(reported(&ulf).await, set([]));
        let theirs_record = GetCallRecordRequest {
            call_id: their_call.call_id().to_owned(),
        };
        let hidden = sue.desk().records().get_call_record(theirs_record).await;
        assert_eq!(hidden.unwrap_err().code(), Code::NotFound);

        let (start_time, end_time) = around_now();
        let of_queues = GetQueueStatisticsRequest {
            start_time,
            end_time,
            ..GetQueueStatisticsRequest::default()
        };
        let mut numbers = sue.desk().statistics();
        let queues = numbers.get_queue_statistics(of_queues.clone()).await;
        let queues = queues.unwrap().into_inner().queues;
        let queues: BTreeSet<String> = queues.into_iter().map(|it| it.queue_id).collect();
        assert_eq!(queues, set([&ours.queue_id]));
        let none = ulf
            .desk()
            .statistics()
            .get_queue_statistics(of_queues)
            .await;
        assert!(none.unwrap().into_inner().queues.is_empty());
        let of_people = GetPersonStatisticsRequest {
            start_time,
            end_time,
            person_ids: vec![anna.user_id().to_owned(), ben.user_id().to_owned()],
            ..GetPersonStatisticsRequest::default()
        };
        let people = numbers.get_person_statistics(of_people).await;
        let people = people.unwrap().into_inner().people;
        let people: BTreeSet<String> = people.into_iter().map(|it| it.person_id).collect();
        assert_eq!(people, set([anna.user_id()]));
    });
}
