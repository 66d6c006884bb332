//! Every event has its effect once: read twice, written twice, read by two, read and dropped.

use std::time::Duration;

use api::presence::v1::{Cause, State};
use ids::EventId;
use reporting::store::rebuild::Difference;

use crate::{
    company::Company,
    service::{World, of_people, of_queues, partitions, seconds},
};

/// What the report says of a company, to be compared.
async fn report(world: &World, company: Company) -> String {
    let service = world.start_with(&[("follow.collect_ms", "0")]).await;
    let owner = world.owner(company.account);
    let queues = service.queues(&owner, of_queues()).await.unwrap();
    let people = service.people(&owner, of_people()).await.unwrap();
    let records = service.list(&owner, Default::default()).await.unwrap();
    service.running.shutdown().await.unwrap();
    format!("{queues:#?}\n{people:#?}\n{records:#?}")
}

async fn no_difference(world: &World, company: Company) {
    let found = world.app().check(company.account).await.unwrap();
    assert_eq!(found, Vec::<Difference>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_is_written_again_is_skipped() {
    let (world, company) = (World::new().await, Company::new());
    let mut tape = company.tape();
    company.morning(&mut tape);
    let mut again = company.tape();
    again.events.clone_from(&tape.events);
    // A writer that lost its memory of the ids: the sequence is the second check.
    for event in &mut again.events {
        event.id = EventId::generate();
    }
    tape.play(&world.live).await;
    world.fold_all().await;
    let once = report(&world, company).await;
    again.play(&world.live).await;
    assert!(world.fold_all().await > 0);
    assert_eq!(report(&world, company).await, once);
    no_difference(&world, company).await;
}

/// The same morning in a world where nothing happens to the follower.
async fn undisturbed(company: Company, events: &[live::event::Envelope]) -> String {
    let world = World::new().await;
    let mut tape = company.tape();
    tape.events = events.to_vec();
    tape.play(&world.live).await;
    world.fold_all().await;
    report(&world, company).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn dropped_between_read_and_commit_then_continued() {
    let (world, company) = (World::new().await, Company::new());
    let mut tape = company.tape();
    company.morning(&mut tape);
    let events = tape.events.clone();
    tape.play(&world.live).await;
    let all = partitions();
    let mut reader = world.reader();
    let batch = reader.read(&all, Duration::from_millis(100)).await.unwrap();
    assert!(!batch.is_empty());
    drop((batch, reader));

    // And dropped within the fold, wherever it is after a while.
    for microseconds in [0, 300, 1_000, 3_000, 9_000, 27_000] {
        let mut reader = world.reader();
        let batch = reader.read(&all, Duration::from_millis(100)).await.unwrap();
        if batch.is_empty() {
            break;
        }
        let _ = tokio::time::timeout(Duration::from_micros(microseconds), reader.fold(batch)).await;
    }
    world.fold_all().await;
    assert_eq!(
        report(&world, company).await,
        undisturbed(company, &events).await
    );
    no_difference(&world, company).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn of_two_who_read_the_same_one_commits() {
    let (world, company) = (World::new().await, Company::new());
    let mut tape = company.tape();
    company.morning(&mut tape);
    let events = tape.events.clone();
    tape.play(&world.live).await;
    let all = partitions();
    let (mut one, mut other) = (world.reader(), world.reader());
    let wait = Duration::from_millis(100);
    let read = one.read(&all, wait).await.unwrap();
    let same = other.read(&all, wait).await.unwrap();
    let (first, second) = tokio::join!(one.fold(read), other.fold(same));
    first.unwrap();
    second.unwrap();
    // Whoever lost knows it: the next read begins behind what the other did.
    assert!(
        one.read(&all, Duration::from_millis(1))
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        other
            .read(&all, Duration::from_millis(1))
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        report(&world, company).await,
        undisturbed(company, &events).await
    );
    no_difference(&world, company).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn two_followers_race_through_many_small_batches() {
    let world = World::new().await;
    let companies: Vec<_> = (0..5).map(|_| Company::new()).collect();
    let race = async |seed: u64| {
        let mut reader = world.reader_of(7 + usize::try_from(seed).unwrap());
        let mut empty = 0;
        while empty < 20 {
            let batch = reader
                .read(&partitions(), Duration::from_millis(5))
                .await
                .unwrap();
            empty = if batch.is_empty() { empty + 1 } else { 0 };
            reader.fold(batch).await.unwrap();
        }
    };
    let play = async {
        for company in &companies {
            let mut tape = company.tape();
            company.morning(&mut tape);
            tape.play(&world.live).await;
        }
    };
    tokio::join!(race(0), race(1), play);
    world.fold_all().await;
    for company in companies {
        let service = world.start().await;
        let queues = service
            .queues(&world.owner(company.account), of_queues())
            .await
            .unwrap()
            .queues;
        assert_eq!((queues[0].offered, queues[0].answered), (5, 2));
        no_difference(&world, company).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn replicas_share_the_partitions_and_take_over() {
    let world = World::new().await;
    let companies: Vec<_> = (0..8).map(|_| Company::new()).collect();
    let (one, other) = (world.start().await, world.start().await);
    let mut tapes: Vec<_> = companies.iter().map(Company::tape).collect();
    let mut calls = Vec::new();
    for (company, tape) in companies.iter().zip(&mut tapes) {
        calls.push(company.answered(tape));
        tape.play(&world.live).await;
    }
    for (company, call) in companies.iter().zip(&calls) {
        // Whoever folded it, both tell it.
        for replica in [&one, &other] {
            replica
                .record(&world.owner(company.account), *call, |record| {
                    record.end_time.is_some()
                })
                .await;
        }
    }
    one.running.shutdown().await.unwrap();
    for (company, tape) in companies.iter().zip(&mut tapes) {
        let call = company.answered(tape);
        tape.play(&world.live).await;
        other
            .record(&world.owner(company.account), call, |record| {
                record.end_time.is_some()
            })
            .await;
        no_difference(&world, *company).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn partitions_may_come_in_any_order() {
    let world = World::new().await;
    let (one, other) = (Company::new(), Company::new());
    let (mut first, mut second) = (one.tape(), other.tape());
    one.morning(&mut first);
    other.morning(&mut second);
    let (first_events, second_events) = (first.events.clone(), second.events.clone());
    // The second company's morning is over before the first one's begins.
    second.play(&world.live).await;
    world.fold_all().await;
    first.play(&world.live).await;
    world.fold_all().await;
    assert_eq!(
        report(&world, one).await,
        undisturbed(one, &first_events).await
    );
    assert_eq!(
        report(&world, other).await,
        undisturbed(other, &second_events).await
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_lost_event_is_told_and_the_rest_is_folded() {
    let (world, company) = (World::new().await, Company::new());
    let logs = testkit::Logs::capture();
    let mut tape = company.tape();
    let call = company.answered(&mut tape);
    let lost = tape
        .events
        .iter()
        .position(|event| event.subject == call.to_string() && event.seq == 3)
        .unwrap();
    tape.events.remove(lost);
    tape.play(&world.live).await;
    world.fold_all().await;
    assert!(
        logs.text().contains("events are missing"),
        "{}",
        logs.text()
    );
    let service = world.start().await;
    let record = service
        .record(&world.owner(company.account), call, |record| {
            record.end_time.is_some()
        })
        .await;
    // The answer tells what the lost offer would have.
    assert_eq!(record.legs.len(), 1);
    let sequences: Vec<_> = record.timeline.iter().map(|entry| entry.sequence).collect();
    assert_eq!(sequences, [1, 2, 3, 4, 5]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_flushed_redis_counts_anew_and_nothing_is_refused() {
    let (world, company) = (World::new().await, Company::new());
    let mut tape = company.tape();
    tape.wait(60)
        .person(company.anna, State::Away, Cause::ModeSet);
    tape.play(&world.live).await;
    world.fold_all().await;
    for partition in partitions() {
        let key = world.live.keys().events(partition);
        world
            .live
            .command("DEL")
            .key(&key)
            .run::<u64>()
            .await
            .unwrap();
    }
    let later = tape.now;
    let mut anew = company.tape();
    anew.now = later;
    anew.person(company.anna, State::Away, Cause::Connected);
    anew.wait(60)
        .person(company.anna, State::Available, Cause::ModeSet);
    anew.play(&world.live).await;
    world.fold_all().await;
    let service = world.start().await;
    let people = service
        .people(&world.owner(company.account), of_people())
        .await
        .unwrap()
        .people;
    let anna = people
        .iter()
        .find(|person| person.person_id == company.anna.to_string())
        .unwrap();
    let away = anna
        .states
        .iter()
        .find(|state| state.state == "AWAY")
        .unwrap();
    assert_eq!(seconds(away.time), Some(60.0));
    no_difference(&world, company).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn streams_are_trimmed_behind_the_slowest_follower() {
    let (world, company) = (World::new().await, Company::new());
    let mut tape = company.tape();
    company.morning(&mut tape);
    tape.play(&world.live).await;
    let partition = live::Partition::of(company.account);
    let stored = async || store::follow::load(&world.store).await.unwrap()[&partition];
    let kept = async || live::event::length(&world.live, partition).await.unwrap();
    let future = clock::Clock::system().now() + chrono::TimeDelta::minutes(1);
    let long_ago = chrono::DateTime::UNIX_EPOCH;
    let trim = async |young, old| {
        let keep = reporting::live::trim::Keep { young, old };
        reporting::live::trim::trim(&world.live, partition, stored().await, keep)
            .await
            .unwrap();
        kept().await
    };
    let all = kept().await;
    assert!(all > 50);
    assert_eq!(trim(future, long_ago).await, all, "nothing is folded yet");
    world.fold_all().await;
    let noon = crate::tape::noon();
    assert_eq!(trim(noon, long_ago).await, all, "everything is young");
    let register = async |offset: &str| {
        let offset = offset.parse().unwrap();
        live::event::register(&world.live, partition, "slow", offset)
            .await
            .unwrap();
    };
    register("0-0").await;
    let waits = "somebody has seen nothing yet";
    assert_eq!(trim(future, long_ago).await, all, "{waits}");
    assert_eq!(trim(future, noon).await, all, "and may still come for it");
    let followers = world.live.keys().key(partition, "events:followers");
    let rubbish = world
        .live
        .command("HSET")
        .key(&followers)
        .arg("slow")
        .arg("rubbish");
    rubbish.run::<u64>().await.unwrap();
    let unknown = trim(future, long_ago).await;
    assert_eq!(unknown, all, "who knows what they have seen");
    register(&stored().await.to_string()).await;
    assert_eq!(trim(future, long_ago).await, 0);
    company.morning(&mut tape);
    tape.play(&world.live).await;
    world.fold_all().await;
    let more = kept().await;
    assert!(more > 0);
    assert_eq!(trim(future, noon).await, more, "they are waited for again");
    let forgotten = trim(future, future).await;
    assert_eq!(forgotten, 0, "nobody is waited for that long");
    assert_eq!(
        reporting::live::behind::behind(&world.live, partition, stored().await)
            .await
            .unwrap(),
        0
    );
}
