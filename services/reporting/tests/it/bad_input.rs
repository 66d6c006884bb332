//! Whatever is asked or sent, the answer names the field and the follower goes on.

use api::{
    presence::v1::{Cause, State},
    reporting::v1::{
        GetCallRecordRequest, GetPersonStatisticsRequest, GetQueueStatisticsRequest,
        ListAuditEventsRequest, ListCallRecordsRequest,
    },
};
use chrono::TimeDelta;
use ids::{AccountId, UserId};
use prost_types::Timestamp;
use tonic::{Code, Status};

use crate::{
    company::Company,
    service::{World, of_people, of_queues, reason, timestamp, wrong_fields},
    tape::noon,
};

const TEXTS: [&str; 9] = [
    "a\0b",
    "\r\n",
    "{",
    "}",
    ":",
    "*",
    "' OR 1=1",
    "%s",
    "call_01H455VB4PEX5VSKNK084SN02Q",
];

fn refused(status: &Status, fields: &[&str]) {
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    assert_eq!(reason(status), "FIELDS_INVALID");
    assert_eq!(wrong_fields(status), fields, "{status:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn ids_that_are_none() {
    let world = World::new().await;
    let (service, owner) = (world.start().await, world.owner(AccountId::generate()));
    for text in TEXTS.into_iter().chain([""]) {
        let request = GetCallRecordRequest {
            call_id: text.into(),
        };
        refused(
            &service
                .records(&owner.token())
                .get_call_record(request)
                .await
                .unwrap_err(),
            &["call_id"],
        );
    }
    for text in TEXTS {
        let request = ListCallRecordsRequest {
            person_id: text.into(),
            queue_id: text.into(),
            ..Default::default()
        };
        refused(
            &service.list(&owner, request).await.unwrap_err(),
            &["person_id", "queue_id"],
        );
        let person_ids = vec![UserId::generate().to_string(), text.into()];
        let request = GetPersonStatisticsRequest {
            person_ids,
            ..of_people()
        };
        refused(
            &service.people(&owner, request).await.unwrap_err(),
            &["person_ids[1]"],
        );
    }
    let many = vec![ids::QueueId::generate().to_string(); 200];
    let request = GetQueueStatisticsRequest {
        queue_ids: many,
        ..of_queues()
    };
    assert!(
        service
            .queues(&owner, request)
            .await
            .unwrap()
            .queues
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn texts_to_compare_with_are_only_compared() {
    let world = World::new().await;
    let (service, owner) = (world.start().await, world.owner(AccountId::generate()));
    for text in TEXTS {
        let request = ListCallRecordsRequest {
            from: text.into(),
            ..Default::default()
        };
        match service.list(&owner, request).await {
            Ok(answer) => assert!(answer.call_records.is_empty()),
            Err(status) => refused(&status, &["from"]),
        }
        let request = ListAuditEventsRequest {
            action_prefix: text.into(),
            ..Default::default()
        };
        match service
            .audit(&owner.token())
            .list_audit_events(request)
            .await
        {
            Ok(answer) => assert!(answer.into_inner().audit_events.is_empty()),
            Err(status) => refused(&status, &["action_prefix"]),
        }
    }
    let request = ListCallRecordsRequest {
        from: "x".repeat(1 << 20),
        ..Default::default()
    };
    let status = service.list(&owner, request).await.unwrap_err();
    assert_eq!(reason(&status), "REQUEST_TOO_LARGE");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn spans_that_are_none() {
    let world = World::new().await;
    let (service, owner) = (world.start().await, world.owner(AccountId::generate()));
    let request = GetPersonStatisticsRequest::default();
    refused(
        &service.people(&owner, request).await.unwrap_err(),
        &["start_time", "end_time"],
    );
    let bad = [
        Timestamp {
            seconds: i64::MAX,
            nanos: 0,
        },
        Timestamp {
            seconds: i64::MIN,
            nanos: 0,
        },
        Timestamp {
            seconds: 0,
            nanos: -1,
        },
        Timestamp {
            seconds: 0,
            nanos: 1_000_000_000,
        },
        Timestamp {
            seconds: 253_402_300_800,
            nanos: 0,
        },
    ];
    for time in bad {
        let request = GetQueueStatisticsRequest {
            start_time: Some(time),
            ..of_queues()
        };
        refused(
            &service.queues(&owner, request).await.unwrap_err(),
            &["start_time"],
        );
        let request = ListCallRecordsRequest {
            end_time: Some(time),
            ..Default::default()
        };
        refused(
            &service.list(&owner, request).await.unwrap_err(),
            &["end_time"],
        );
    }
    let spans = [
        (noon(), noon()),
        (noon(), noon() - TimeDelta::hours(1)),
        (noon() - TimeDelta::days(401), noon()),
    ];
    for (start, end) in spans {
        let request = GetQueueStatisticsRequest {
            start_time: timestamp(start),
            end_time: timestamp(end),
            ..Default::default()
        };
        refused(
            &service.queues(&owner, request).await.unwrap_err(),
            &["end_time"],
        );
    }
    // The edges of what a Timestamp can say are no error.
    for seconds in [-62_135_596_800, 253_402_300_799 - 3600] {
        let request = GetQueueStatisticsRequest {
            start_time: Some(Timestamp { seconds, nanos: 0 }),
            end_time: Some(Timestamp {
                seconds: seconds + 60,
                nanos: 0,
            }),
            ..Default::default()
        };
        assert!(
            service
                .queues(&owner, request)
                .await
                .unwrap()
                .queues
                .is_empty(),
            "{seconds}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn pages_that_are_none() {
    let (world, company) = (World::new().await, Company::new());
    let mut tape = company.tape();
    company.morning(&mut tape);
    tape.play(&world.live).await;
    world.fold_all().await;
    let (service, owner) = (world.start().await, world.owner(company.account));
    for page_size in [-1, i32::MIN] {
        let request = ListCallRecordsRequest {
            page_size,
            ..Default::default()
        };
        refused(
            &service.list(&owner, request).await.unwrap_err(),
            &["page_size"],
        );
    }
    let request = ListCallRecordsRequest {
        page_size: i32::MAX,
        ..Default::default()
    };
    assert_eq!(
        service
            .list(&owner, request)
            .await
            .unwrap()
            .call_records
            .len(),
        6
    );

    let request = ListCallRecordsRequest {
        page_size: 1,
        ..Default::default()
    };
    let token = service.list(&owner, request).await.unwrap().next_page_token;
    let foreign = world.owner(AccountId::generate());
    let altered = ListCallRecordsRequest {
        page_token: format!("{token}A"),
        ..Default::default()
    };
    let filtered = ListCallRecordsRequest {
        page_token: token.clone(),
        from: "+4930111".into(),
        ..Default::default()
    };
    let stolen = ListCallRecordsRequest {
        page_token: token,
        ..Default::default()
    };
    for (person, request) in [(&owner, altered), (&owner, filtered), (&foreign, stolen)] {
        let status = service.list(person, request).await.unwrap_err();
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::InvalidArgument, "PAGE_TOKEN_INVALID")
        );
        assert_eq!(wrong_fields(&status), ["page_token"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn rubbish_on_the_bus_does_not_stop_the_follower() {
    let (world, company) = (World::new().await, Company::new());
    let mut tape = company.tape();
    tape.write(
        "strowger.routing.v1.CallEvent",
        "call_x".into(),
        vec![0xff; 40],
    );
    tape.write(
        "strowger.presence.v1.PersonEvent",
        company.anna.to_string(),
        vec![0xff],
    );
    tape.write(
        "strowger.directory.v1.SomethingNew",
        "que_x".into(),
        vec![1, 2, 3],
    );
    tape.change("a\0b", "\0", &"x".repeat(5000));
    let call = tape.arrive("a\0b");
    tape.person(company.anna, State::Away, Cause::ModeSet);
    tape.events[0].traceparent = "\0".repeat(100);
    tape.play(&world.live).await;
    // Not even an event.
    let key = world
        .live
        .keys()
        .events(live::Partition::of(company.account));
    world
        .live
        .command("XADD")
        .key(&key)
        .arg("*")
        .arg("x")
        .arg("y")
        .run::<String>()
        .await
        .unwrap();
    let after = company.answered(&mut tape);
    tape.play(&world.live).await;
    let (service, owner) = (world.start().await, world.owner(company.account));
    service
        .record(&owner, after, |record| record.end_time.is_some())
        .await;
    let record = service.record(&owner, call, |_| true).await;
    assert_eq!(record.from, "a\u{fffd}b");
}
