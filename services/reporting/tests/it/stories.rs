//! Calls as they are played, and what the report says of them.

use std::time::Duration;

use api::routing::v1::{CallOutcome, OfferEnd, call_event::Change};
use clock::Clock;
use tokio::time::Instant;

use crate::{
    company::{Company, RING_GROUP},
    service::{World, of_people, of_queues, seconds},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_answered_queue_call_with_its_timeline() {
    let (world, company) = (World::new().await, Company::new());
    let service = world.start().await;
    let mut tape = company.tape();
    let call = company.answered(&mut tape);
    tape.play(&world.live).await;

    let owner = world.owner(company.account);
    let record = service
        .record(&owner, call, |record| record.end_time.is_some())
        .await;
    assert_eq!(record.outcome(), CallOutcome::Answered);
    assert_eq!(record.from, "+4930111");
    assert_eq!(record.person_id, company.anna.to_string());
    assert_eq!(record.queue_ids, [company.support.to_string()]);
    assert_eq!(
        (seconds(record.talked), seconds(record.held)),
        (Some(60.0), Some(10.0))
    );
    assert_eq!(record.legs.len(), 1);
    assert_eq!(record.legs[0].offer_end(), OfferEnd::Unspecified);
    assert_eq!(record.legs[0].answer_time, record.answer_time);
    assert_eq!(record.legs[0].end_time, record.end_time);

    let sequences: Vec<_> = record.timeline.iter().map(|entry| entry.sequence).collect();
    assert_eq!(sequences, [1, 2, 3, 4, 5, 6]);
    let change = |index: usize| {
        record.timeline[index]
            .event
            .as_ref()
            .and_then(|event| event.change.as_ref())
    };
    assert!(matches!(change(0), Some(Change::Arrived(_))));
    assert!(matches!(change(5), Some(Change::Ended(_))));
    service.running.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_report_has_a_call_within_a_second() {
    let (world, company) = (World::new().await, Company::new());
    let service = world.start().await;
    let owner = world.owner(company.account);
    let mut tape = company.tape();
    // The first batch opens connections and months; what is promised is every day after it.
    let first = company.answered(&mut tape);
    tape.play(&world.live).await;
    service
        .record(&owner, first, |record| record.end_time.is_some())
        .await;

    tape.now = Clock::system().now();
    let call = company.answered(&mut tape);
    tape.play(&world.live).await;
    let hung_up = Instant::now();
    service
        .record(&owner, call, |record| record.end_time.is_some())
        .await;
    assert!(
        hung_up.elapsed() < Duration::from_secs(1),
        "took {:?}",
        hung_up.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_morning_adds_up_for_people_and_queues() {
    let (world, company) = (World::new().await, Company::new());
    let service = world.start().await;
    let owner = world.owner(company.account);
    let mut tape = company.tape();
    let calls = company.morning(&mut tape);
    tape.play(&world.live).await;
    for call in calls {
        service
            .record(&owner, call, |record| record.end_time.is_some())
            .await;
    }

    let queues = service.queues(&owner, of_queues()).await.unwrap();
    assert_eq!(queues.definitions_version, "1");
    let [support] = queues.queues.as_slice() else {
        unreachable!("{queues:?}")
    };
    assert_eq!(support.queue_id, company.support.to_string());
    assert_eq!(
        (
            support.offered,
            support.answered,
            support.missed,
            support.abandoned
        ),
        (5, 2, 1, 2)
    );
    assert_eq!(
        (support.short_abandoned, support.answered_in_threshold),
        (1, 1)
    );
    assert_eq!(support.service_level, Some(1.0 / 4.0));
    assert_eq!(
        seconds(support.average_speed_of_answer),
        Some((4.0 + 21.0) / 2.0)
    );
    assert_eq!(
        seconds(support.average_wait),
        Some((4.0 + 30.0 + 3.0 + 90.0 + 21.0) / 5.0)
    );
    assert_eq!(seconds(support.longest_wait), Some(90.0));
    assert_eq!(
        (seconds(support.talk_time), seconds(support.hold_time)),
        (Some(50.0 + 120.0), Some(10.0))
    );
    assert_eq!(seconds(support.wrap_up_time), Some(15.0 + 10.0));

    let mut people = service.people(&owner, of_people()).await.unwrap().people;
    people.sort_by_key(|person| person.person_id != company.anna.to_string());
    let [anna, ben] = people.as_slice() else {
        unreachable!("{people:?}")
    };
    assert_eq!(
        (anna.offered, anna.answered, anna.missed, anna.withdrawn),
        (3, 1, 1, 1)
    );
    assert_eq!(
        (seconds(anna.talk_time), seconds(anna.hold_time)),
        (Some(50.0), Some(10.0))
    );
    assert_eq!(
        seconds(anna.average_handling_time),
        Some(50.0 + 10.0 + 15.0)
    );
    assert_eq!(seconds(anna.average_time_to_answer), Some(4.0));
    assert_eq!((ben.offered, ben.answered, ben.missed), (2, 2, 0));
    assert_eq!(seconds(ben.talk_time), Some(150.0));
    assert_eq!(seconds(ben.wrap_up_time), Some(15.0));

    // Everybody was signed in from noon on, so an hour is an hour, whatever they did in it.
    for person in &people {
        let hour: f64 = person
            .states
            .iter()
            .filter_map(|state| seconds(state.time))
            .sum();
        assert_eq!(hour, 3600.0, "{person:?}");
    }
    let in_state = |name: &str| {
        let state = anna.states.iter().find(|state| state.state == name);
        state.and_then(|state| seconds(state.time))
    };
    assert_eq!(
        (in_state("ON_A_CALL"), in_state("WRAP_UP")),
        (Some(60.0), Some(15.0))
    );
    assert_eq!(in_state("RINGING"), Some(4.0 + 3.0 + 15.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn losers_of_a_ring_group_and_a_voicemail() {
    let (world, company) = (World::new().await, Company::new());
    let service = world.start().await;
    let owner = world.owner(company.account);
    let mut tape = company.tape();
    let (group, overflow) = (company.ring_group(&mut tape), company.overflowed(&mut tape));
    tape.play(&world.live).await;

    let record = service
        .record(&owner, group, |record| record.end_time.is_some())
        .await;
    let ends: Vec<_> = record
        .legs
        .iter()
        .map(|leg| (leg.person_id.clone(), leg.offer_end()))
        .collect();
    assert_eq!(
        ends,
        [
            (company.anna.to_string(), OfferEnd::Taken),
            (company.ben.to_string(), OfferEnd::Unspecified)
        ]
    );
    assert!(record.legs.iter().all(|leg| leg.via_id == RING_GROUP) && record.queue_ids.is_empty());

    let record = service
        .record(&owner, overflow, |record| {
            !record.voicemail_location.is_empty()
        })
        .await;
    assert_eq!(
        (record.outcome(), record.from.as_str()),
        (CallOutcome::Voicemail, "")
    );
    assert_eq!(record.voicemail_location, "s3://voicemail/1");
    assert_eq!((record.person_id.as_str(), record.answer_time), ("", None));
}
