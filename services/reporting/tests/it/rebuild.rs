//! The report made again from its log is the same, to the bit (I19).

use reporting::domain::reconcile::{Totals, reconcile};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use store::{StoreError, Transaction};

use crate::{
    company::Company,
    service::{World, of_people, of_queues},
};

/// Somebody's hand in the database.
async fn tamper(world: &World, company: Company, sql: &str) {
    let work = |tx: Transaction| async move {
        tx.execute_raw(Statement::from_string(DbBackend::Postgres, sql))
            .await?;
        Ok::<_, StoreError>(())
    };
    world
        .store
        .tenant_transaction(company.account, work)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_rebuild_is_identical_and_mends_what_was_changed() {
    let (world, company) = (World::new().await, Company::new());
    let mut tape = company.tape();
    // Long enough for whole days, and batches cut everywhere.
    tape.now -= chrono::TimeDelta::days(3);
    for _ in 0..20 {
        company.morning(&mut tape);
        tape.wait(3 * 3600);
    }
    tape.play(&world.live).await;
    let mut reader = world.reader_of(13);
    loop {
        let batch = reader
            .read(
                &crate::service::partitions(),
                std::time::Duration::from_millis(1),
            )
            .await
            .unwrap();
        if batch.is_empty() {
            break;
        }
        reader.fold(batch).await.unwrap();
    }
    assert_eq!(world.app().check(company.account).await.unwrap(), []);

    // The checker can fail: one second too much, one caller too few, one row gone.
    tamper(
        &world,
        company,
        "UPDATE person_quarters SET talk_us = talk_us + 1000000 WHERE talk_us > 0",
    )
    .await;
    tamper(
        &world,
        company,
        "UPDATE call_waits SET exit = 2 WHERE exit = 3",
    )
    .await;
    tamper(&world, company, "DELETE FROM people").await;
    let found = world.app().check(company.account).await.unwrap();
    let tables: Vec<_> = found
        .iter()
        .map(|difference| difference.table.as_str())
        .collect();
    assert_eq!(tables, ["call_waits", "people", "person_quarters"]);
    assert_eq!((found[1].wrong, found[1].missing), (0, 2));

    assert_eq!(world.app().rebuild(company.account).await.unwrap(), found);
    assert_eq!(world.app().check(company.account).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_is_folded_after_a_rebuild_goes_on_where_it_ended() {
    let (world, company) = (World::new().await, Company::new());
    let mut tape = company.tape();
    company.morning(&mut tape);
    let rest = tape.events.split_off(25);
    tape.play(&world.live).await;
    world.fold_all().await;
    world.app().rebuild(company.account).await.unwrap();
    tape.events = rest;
    tape.play(&world.live).await;
    world.fold_all().await;
    assert_eq!(world.app().check(company.account).await.unwrap(), []);
}

/// The sums that are asked for are the sums over the records that are listed.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_numbers_reconcile_with_the_records() {
    let (world, company) = (World::new().await, Company::new());
    let mut tape = company.tape();
    for _ in 0..4 {
        company.morning(&mut tape);
    }
    tape.play(&world.live).await;
    world.fold_all().await;

    let owner = world.owner(company.account);
    let caller = world.callers.verifier().verify(&owner.token()).unwrap();
    let app = world.app();
    let records = app
        .call_records(&caller, company.account, &Default::default(), None, 1000)
        .await
        .unwrap();
    assert_eq!(records.len(), 24);
    let noon = reporting::domain::quarter::Quarter::of(crate::tape::noon());
    let later =
        reporting::domain::quarter::Quarter::of(crate::tape::noon() + chrono::TimeDelta::hours(4));
    let people = app
        .person_statistics(&caller, company.account, (noon, later), vec![], None, 1000)
        .await
        .unwrap();
    let queues = app
        .queue_statistics(&caller, company.account, (noon, later), vec![], None, 1000)
        .await
        .unwrap();
    let statistics = Totals {
        people: people
            .into_iter()
            .map(|sums| ((company.account, sums.person), sums.counts))
            .collect(),
        queues: queues
            .into_iter()
            .map(|(queue, counts)| ((company.account, queue), counts))
            .collect(),
    };
    assert_eq!(reconcile(&Totals::of_records(&records), &statistics), []);

    let service = world.start().await;
    let message = service.queues(&owner, of_queues()).await.unwrap();
    assert_eq!(message.queues[0].offered, 20);
    assert_eq!(
        service
            .people(&owner, of_people())
            .await
            .unwrap()
            .people
            .len(),
        2
    );
}
