//! Queues find the right person.

use std::time::Duration;

use api::{
    directory::v1::QueueStrategy,
    presence::v1::{
        DeclineReason, LogInToQueueRequest, LogOutOfQueueRequest, Mode, ReturnToReadyRequest, State,
    },
};
use ids::QueueId;
use tonic::Code;

use crate::{
    floor::{reason, seconds},
    office::{Office, Worker, fresh_name},
};

async fn served_by(office: &Office, queue: QueueId, team: &[Worker]) -> usize {
    let call = office.call();
    let found = call.find(queue).await;
    let who = team
        .iter()
        .position(|worker| worker.id.to_string() == found.person_id)
        .unwrap();
    let token = call
        .answer(team[who], found.token.unwrap())
        .await
        .unwrap()
        .token
        .unwrap();
    call.release(team[who], token, None).await;
    // Two ends of calls within one millisecond have no order.
    tokio::time::sleep(Duration::from_millis(2)).await;
    who
}

#[tokio::test]
async fn the_longest_idle_gets_the_call() {
    let mut office = Office::open().await;
    let team = office.hire(3).await;
    let queue = office.queue(QueueStrategy::LongestIdle, &team).await;
    let mut first_round = Vec::new();
    for _ in 0..3 {
        first_round.push(served_by(&office, queue, &team).await);
    }
    let mut second_round = Vec::new();
    for _ in 0..3 {
        second_round.push(served_by(&office, queue, &team).await);
    }
    assert_eq!(
        first_round, second_round,
        "in the order in which their calls ended"
    );
    let mut everybody = first_round;
    everybody.sort_unstable();
    assert_eq!(everybody, [0, 1, 2]);
}

#[tokio::test]
async fn round_robin_goes_round_and_linear_starts_over() {
    let mut office = Office::open().await;
    let team = office.hire(3).await;
    let robin = office.queue(QueueStrategy::RoundRobin, &team).await;
    let linear = office.queue(QueueStrategy::Linear, &team).await;
    let mut order = Vec::new();
    for _ in 0..6 {
        order.push(served_by(&office, robin, &team).await);
    }
    assert_eq!(order, [0, 1, 2, 0, 1, 2]);
    for _ in 0..3 {
        assert_eq!(served_by(&office, linear, &team).await, 0);
    }
}

#[tokio::test]
async fn the_fewest_calls_of_the_day_come_first() {
    let mut office = Office::open().await;
    let team = office.hire(2).await;
    let other = office.queue(QueueStrategy::Linear, &team).await;
    for _ in 0..3 {
        assert_eq!(served_by(&office, other, &team).await, 0);
    }
    let queue = office.queue(QueueStrategy::LeastCalls, &team).await;
    // A day begins when the queue that counts by it does.
    let mut order = Vec::new();
    for _ in 0..4 {
        order.push(served_by(&office, queue, &team).await);
    }
    order.sort_unstable();
    assert_eq!(order, [0, 0, 1, 1]);
}

#[tokio::test]
async fn a_random_queue_finds_everybody() {
    let mut office = Office::open().await;
    let team = office.hire(3).await;
    let queue = office.queue(QueueStrategy::Random, &team).await;
    let mut seen = std::collections::HashSet::new();
    for _ in 0..40 {
        seen.insert(served_by(&office, queue, &team).await);
    }
    assert_eq!(seen.len(), 3);
}

#[tokio::test]
async fn lower_tiers_come_first() {
    let mut office = Office::open().await;
    let team = office.hire(2).await;
    let members = [(team[0], 2, false), (team[1], 1, false)];
    let queue = office.queue_of(QueueStrategy::LongestIdle, &members).await;
    for _ in 0..3 {
        assert_eq!(served_by(&office, queue, &team).await, 1);
    }
    office.choose(team[1], Mode::Lunch).await;
    assert_eq!(served_by(&office, queue, &team).await, 0);
}

#[tokio::test]
async fn a_missed_offer_goes_to_somebody_else() {
    let mut office = Office::open().await;
    let team = office.hire(2).await;
    let queue = office.queue(QueueStrategy::Linear, &team).await;
    let call = office.call();
    let found = call.find(queue).await;
    assert_eq!(found.person_id, team[0].id.to_string());
    call.decline(team[0], found.token.unwrap(), DeclineReason::Missed, 3)
        .await;
    let next = call
        .reserve_avoiding(queue, &[team[0]])
        .await
        .reservation
        .unwrap();
    assert_eq!(next.person_id, team[1].id.to_string());

    // Alone, the same person is better than nobody.
    let again = call
        .reserve_avoiding(queue, &[team[0]])
        .await
        .reservation
        .unwrap();
    assert_eq!(again.person_id, team[0].id.to_string());
    let nobody = office.call().reserve(queue).await;
    assert_eq!((nobody.reservation, nobody.logged_in), (None, 2));
}

#[tokio::test]
async fn three_misses_in_a_row_are_visible_and_one_click_returns() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let queue = office.queue(QueueStrategy::LongestIdle, &[anna]).await;
    for miss in 1..=3 {
        let call = office.call();
        let token = call.find(queue).await.token.unwrap();
        let reason = if miss == 2 {
            DeclineReason::Unreachable
        } else {
            DeclineReason::Missed
        };
        assert_eq!(call.decline(anna, token, reason, 3).await, miss == 3);
    }
    let seen = office.look_at(anna).await;
    assert_eq!((seen.state(), seen.not_responding), (State::Busy, true));
    assert_eq!(
        seen.queue_ids,
        [queue.to_string()],
        "never a silent log-out"
    );
    let nobody = office.call().reserve(queue).await;
    assert_eq!((nobody.reservation, nobody.logged_in), (None, 1));

    let request = ReturnToReadyRequest {
        request_id: fresh_name(),
    };
    let back = office
        .user(anna)
        .return_to_ready(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (back.state(), back.not_responding),
        (State::Available, false)
    );
    office.call().find(queue).await;
}

#[tokio::test]
async fn an_answer_forgives_the_misses() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let queue = office.queue(QueueStrategy::LongestIdle, &[anna]).await;
    for _ in 0..3 {
        for _ in 0..2 {
            let call = office.call();
            let token = call.find(queue).await.token.unwrap();
            assert!(!call.decline(anna, token, DeclineReason::Missed, 3).await);
        }
        served_by(&office, queue, &[anna]).await;
    }
}

#[tokio::test]
async fn the_rest_after_a_call_ends_by_itself_and_wakes_the_queue() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let queue = office.queue(QueueStrategy::LongestIdle, &[anna]).await;
    let mut wakes = office.live.subscribe("presence:ready");
    assert_eq!(wakes.next().await, Some(live::Signal::Listening));
    let call = office.call();
    let found = call.find(queue).await;
    let token = call
        .answer(anna, found.token.unwrap())
        .await
        .unwrap()
        .token
        .unwrap();
    call.release(anna, token, Some(seconds(1))).await;
    let resting = office.look_at(anna).await;
    assert_eq!(resting.state(), State::WrapUp);
    assert!(resting.wrap_up_until.is_some());
    assert_eq!(office.call().reserve(queue).await.reservation, None);

    let wake = tokio::time::timeout(Duration::from_millis(2_500), wakes.next())
        .await
        .unwrap();
    let partition = live::Partition::of(office.account);
    assert_eq!(
        wake,
        Some(live::Signal::Wake(
            partition,
            queue.to_string().into_bytes()
        ))
    );
    assert_eq!(office.state_of(anna).await, State::Available);
    office.call().find(queue).await;
}

#[tokio::test]
async fn dynamic_members_come_and_go() {
    let mut office = Office::open().await;
    let team = office.hire(2).await;
    let members = [(team[0], 1, true), (team[1], 1, false)];
    let queue = office.queue_of(QueueStrategy::Linear, &members).await;
    assert_eq!(served_by(&office, queue, &team).await, 1);

    let log_in = LogInToQueueRequest {
        request_id: fresh_name(),
        queue_id: queue.to_string(),
    };
    let seen = office
        .user(team[0])
        .log_in_to_queue(log_in)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(seen.queue_ids, [queue.to_string()]);
    assert_eq!(served_by(&office, queue, &team).await, 0);

    let log_out = LogOutOfQueueRequest {
        request_id: fresh_name(),
        queue_id: queue.to_string(),
    };
    let seen = office
        .user(team[0])
        .log_out_of_queue(log_out.clone())
        .await
        .unwrap()
        .into_inner();
    assert!(seen.queue_ids.is_empty());
    assert_eq!(served_by(&office, queue, &team).await, 1);

    let refused = office
        .user(team[1])
        .log_out_of_queue(log_out)
        .await
        .unwrap_err();
    let expected = (Code::FailedPrecondition, "NOT_A_MEMBER".to_owned());
    assert_eq!((refused.code(), reason(&refused)), expected);
}

#[tokio::test]
async fn whoever_is_away_is_not_counted_nor_chosen() {
    let mut office = Office::open().await;
    let team = office.hire(2).await;
    let queue = office.queue(QueueStrategy::Linear, &team).await;
    office.choose(team[0], Mode::OffWork).await;
    office.choose(team[1], Mode::Busy).await;
    let answer = office.call().reserve(queue).await;
    assert_eq!((answer.reservation, answer.logged_in), (None, 1));
    office.choose(team[1], Mode::OffWork).await;
    assert_eq!(office.call().reserve(queue).await.logged_in, 0);
}
