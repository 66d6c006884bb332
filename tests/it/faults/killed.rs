//! Services that die without notice (I12).

use std::time::{Duration, Instant};

use api::{
    directory::v1::Queue,
    presence::v1::{LockPhase, State},
    reporting::v1::GetQueueStatisticsRequest,
    routing::v1::CallOutcome,
};
use mesh::Service;
use testkit::eventually;

use crate::{
    office::{Office, SOON, answered_by, becomes, becomes_within, seconds},
    world::{OwnWorld, alone},
};

/// Whatever crashed, nobody is stuck for longer.
const RECOVERED: Duration = Duration::from_secs(30);

#[test]
fn routing_dies_while_a_phone_rings_and_the_call_is_answered() {
    alone(async {
        let world = OwnWorld::start().await;
        let office = Office::found(&world, "Routing Dies").await;
        let [anna] = office.at_work(["Anna"]).await;
        let (_, support) = office.queue(&[&anna], Queue::default()).await;
        let mut line = office.call(&support).await;
        let ring = line.ring().await.unwrap();
        let reserved = becomes(&anna, State::Ringing).await.lock.unwrap();
        assert_eq!(reserved.phase(), LockPhase::Offered);

        world.kill(Service::Routing).await;
        let died = Instant::now();
        world.restart(Service::Routing).await;
        let answered = eventually(RECOVERED, "routing takes the answer", async || {
            line.answer(&ring).await.ok()
        })
        .await;
        assert!(answered, "Anna was reserved for the call, so she has it");
        line.connect().await.unwrap();
        line.hang_up().await.unwrap();
        becomes_within(
            RECOVERED.saturating_sub(died.elapsed()),
            &anna,
            State::Available,
        )
        .await;
        assert_eq!(
            office.record(line.call_id()).await.outcome(),
            CallOutcome::Answered
        );
    });
}

#[test]
fn routing_dies_while_a_phone_rings_and_nobody_answers() {
    alone(async {
        let world = OwnWorld::start().await;
        let office = Office::found(&world, "Nobody Answers").await;
        let [anna] = office.at_work(["Anna"]).await;
        let queue = Queue {
            ring_timeout: seconds(5),
            max_wait: seconds(8),
            ..Queue::default()
        };
        let (_, support) = office.queue(&[&anna], queue).await;
        let mut line = office.call(&support).await.with_patience(RECOVERED);
        line.ring().await.unwrap();

        world.kill(Service::Routing).await;
        let died = Instant::now();
        world.restart(Service::Routing).await;
        line.voicemail().await.unwrap();
        assert!(died.elapsed() < RECOVERED);
        line.hang_up().await.unwrap();
        becomes_within(
            RECOVERED.saturating_sub(died.elapsed()),
            &anna,
            State::Available,
        )
        .await;
        assert_eq!(
            office.record(line.call_id()).await.outcome(),
            CallOutcome::Voicemail
        );
    });
}

#[test]
fn presence_dies_during_a_call_and_knows_who_talks() {
    alone(async {
        let world = OwnWorld::start().await;
        let office = Office::found(&world, "Presence Dies").await;
        let [anna] = office.at_work(["Anna"]).await;
        let (_, support) = office.queue(&[&anna], Queue::default()).await;
        let mut line = office.call(&support).await;
        answered_by(&mut line, &anna).await;

        world.kill(Service::Presence).await;
        // While nobody can be reserved, callers wait; nothing else happens.
        let mut waiting = office.call(&support).await;
        world.restart(Service::Presence).await;
        let seen = becomes(&anna, State::OnACall).await;
        assert_eq!(seen.lock.unwrap().call_id, line.call_id());

        line.hang_up().await.unwrap();
        let next = eventually(RECOVERED, "the caller who waited comes next", async || {
            waiting.ring().await.ok()
        })
        .await;
        assert!(waiting.answer(&next).await.unwrap());
        waiting.hang_up().await.unwrap();
        becomes_within(RECOVERED, &anna, State::Available).await;
    });
}

#[test]
fn reporting_dies_between_calls_and_counts_each_once() {
    const CALLS: u64 = 12;
    alone(async {
        let world = OwnWorld::start().await;
        let office = Office::found(&world, "Reporting Dies").await;
        let [anna] = office.at_work(["Anna"]).await;
        let (queue, support) = office.queue(&[&anna], Queue::default()).await;
        let mut last = String::new();
        for call in 0..CALLS {
            // Dies with events on the way, twice; comes back with more waiting.
            if call % 5 == 2 {
                world.kill(Service::Reporting).await;
            }
            if call % 5 == 4 {
                world.restart(Service::Reporting).await;
            }
            let mut line = office.call(&support).await;
            answered_by(&mut line, &anna).await;
            line.hang_up().await.unwrap();
            becomes(&anna, State::Available).await;
            last = line.call_id().to_owned();
        }
        office.record(&last).await;
        #[expect(
            clippy::disallowed_methods,
            reason = "the services run on the machine's clock"
        )]
        let now = chrono::Utc::now().timestamp();
        let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let counted = eventually(SOON, "every call is counted", async || {
            let request = GetQueueStatisticsRequest {
                start_time: at(now - 3600),
                end_time: at(now + 3600),
                ..GetQueueStatisticsRequest::default()
            };
            let answer = office
                .company
                .owner()
                .desk()
                .statistics()
                .get_queue_statistics(request)
                .await
                .ok()?;
            answer
                .into_inner()
                .queues
                .into_iter()
                .find(|found| found.queue_id == queue.queue_id)
        })
        .await;
        assert_eq!((counted.offered, counted.answered), (CALLS, CALLS));
        assert_eq!((counted.missed, counted.abandoned), (0, 0));
    });
}
