//! The report is what happened.

use api::{
    directory::v1::Queue,
    presence::v1::State,
    reporting::v1::{
        GetPersonStatisticsRequest, GetQueueStatisticsRequest, PersonStatistics, QueueStatistics,
    },
    routing::v1::{CallOutcome, HangupCause},
};
use chrono::Duration;
use company::Member;
use prost_types::Timestamp;
use testkit::eventually;

use crate::{
    office::{A_SECOND, Office, SOON, answered_by, as_seconds, becomes, seconds},
    world::{tell, tell_undisturbed},
};

/// From an hour ago to an hour ahead: the tests are in between.
pub(crate) fn around_now() -> (Option<Timestamp>, Option<Timestamp>) {
    #[expect(
        clippy::disallowed_methods,
        reason = "the services run on the machine's clock"
    )]
    let now = chrono::Utc::now();
    let at = |offset: Duration| {
        Some(Timestamp {
            seconds: (now + offset).timestamp(),
            nanos: 0,
        })
    };
    (at(Duration::hours(-1)), at(Duration::hours(1)))
}

async fn of_people(office: &Office<'_>) -> Vec<PersonStatistics> {
    let (start_time, end_time) = around_now();
    let request = GetPersonStatisticsRequest {
        start_time,
        end_time,
        ..Default::default()
    };
    let answer = office
        .company
        .owner()
        .desk()
        .statistics()
        .get_person_statistics(request)
        .await;
    answer.unwrap().into_inner().people
}

async fn of_person(office: &Office<'_>, member: &Member) -> PersonStatistics {
    let mut people = of_people(office).await.into_iter();
    people
        .find(|person| person.person_id == member.user_id())
        .unwrap_or_default()
}

async fn of_queue(office: &Office<'_>, queue: &Queue) -> QueueStatistics {
    let (start_time, end_time) = around_now();
    let request = GetQueueStatisticsRequest {
        start_time,
        end_time,
        ..Default::default()
    };
    let answer = office
        .company
        .owner()
        .desk()
        .statistics()
        .get_queue_statistics(request)
        .await;
    let mut queues = answer.unwrap().into_inner().queues.into_iter();
    queues
        .find(|found| found.queue_id == queue.queue_id)
        .unwrap_or_default()
}

#[test]
fn the_record_is_there_within_a_second_of_the_hang_up() {
    tell_undisturbed(async |world| {
        let office = Office::found(world, "Within A Second").await;
        let [anna] = office.at_work(["Anna"]).await;
        let (queue, support) = office.queue(&[&anna], Queue::default()).await;
        let mut line = office.call(&support).await;
        let leg = answered_by(&mut line, &anna).await;
        line.hang_up().await.unwrap();

        let record = office.record_within(A_SECOND, line.call_id()).await;
        assert_eq!(record.outcome(), CallOutcome::Answered);
        assert_eq!(record.dialled, support);
        assert_eq!(record.queue_ids, [queue.queue_id]);
        assert_eq!(record.person_id, anna.user_id());
        assert_eq!(
            record
                .legs
                .iter()
                .map(|leg| leg.leg_id.as_str())
                .collect::<Vec<_>>(),
            [leg]
        );
        let steps: Vec<i64> = record.timeline.iter().map(|entry| entry.sequence).collect();
        assert_eq!(
            steps,
            (1..=steps.len() as i64).collect::<Vec<_>>(),
            "without gaps"
        );
    });
}

#[test]
fn the_numbers_are_what_was_played() {
    tell(async |world| {
        let office = Office::found(world, "Numbers").await;
        let [anna, ben] = office.at_work(["Anna", "Ben"]).await;
        let (queue, support) = office
            .queue(
                &[&anna, &ben],
                Queue {
                    max_wait: seconds(2),
                    ..Queue::default()
                },
            )
            .await;

        // Two are answered, the second after Ben or Anna declined it.
        let mut first = office.call(&support).await;
        let ring = first.ring().await.unwrap();
        let (one, other) = if ring.person_id == anna.user_id() {
            (&anna, &ben)
        } else {
            (&ben, &anna)
        };
        assert!(first.answer(&ring).await.unwrap());
        let mut second = office.call(&support).await;
        let ring = second.ring().await.unwrap();
        assert_eq!(ring.person_id, other.user_id());
        second
            .put_down(&ring.leg_id, HangupCause::Declined)
            .await
            .unwrap();
        let ring = second.ring().await.unwrap();
        assert_eq!(ring.person_id, other.user_id(), "nobody else is free");
        assert!(second.answer(&ring).await.unwrap());

        // While both talk, one caller waits too long and one gives up.
        let mut third = office.call(&support).await;
        let mut fourth = office.call(&support).await;
        fourth.play().await.unwrap();
        fourth.hang_up().await.unwrap();
        third.voicemail().await.unwrap();
        third.hang_up().await.unwrap();
        first.hang_up().await.unwrap();
        second.hang_up().await.unwrap();
        for member in [one, other] {
            becomes(member, State::Available).await;
        }
        for line in [&first, &second, &third, &fourth] {
            office.record(line.call_id()).await;
        }

        let waiting = eventually(SOON, "the queue has its four callers", async || {
            Some(of_queue(&office, &queue).await).filter(|queue| queue.offered == 4)
        })
        .await;
        assert_eq!(
            (waiting.answered, waiting.missed, waiting.abandoned),
            (2, 1, 1)
        );
        assert_eq!(waiting.short_abandoned, 1);
        assert_eq!(waiting.answered_in_threshold, 2);
        let level = waiting.service_level.unwrap();
        assert!(
            (level - 2.0 / 3.0).abs() < 1e-9,
            "2 of 4 less 1 short: {level}"
        );
        assert!(as_seconds(waiting.longest_wait) >= 2.0);

        let (one, other) = (
            of_person(&office, one).await,
            of_person(&office, other).await,
        );
        assert_eq!((one.offered, one.answered, one.declined), (1, 1, 0));
        assert_eq!((other.offered, other.answered, other.declined), (2, 1, 1));
        for person in [&one, &other] {
            assert_eq!(
                person.offered,
                person.answered + person.missed + person.declined + person.withdrawn
            );
        }
        let talked = as_seconds(one.talk_time) + as_seconds(other.talk_time);
        assert!(
            (talked - as_seconds(waiting.talk_time)).abs() < 0.01,
            "people and queue agree on {talked} s"
        );
    });
}

#[test]
fn a_person_sees_their_own_numbers_only() {
    tell(async |world| {
        let office = Office::found(world, "Own").await;
        let [anna, ben] = office.at_work(["Anna", "Ben"]).await;
        let (_, support) = office.queue(&[&anna, &ben], Queue::default()).await;
        for _ in 0..2 {
            let mut line = office.call(&support).await;
            let ring = line.ring().await.unwrap();
            assert!(line.answer(&ring).await.unwrap());
            line.hang_up().await.unwrap();
            office.record(line.call_id()).await;
        }
        let (start_time, end_time) = around_now();
        let request = GetPersonStatisticsRequest {
            start_time,
            end_time,
            ..Default::default()
        };
        let seen = anna
            .desk()
            .statistics()
            .get_person_statistics(request)
            .await
            .unwrap()
            .into_inner()
            .people;
        assert!(
            seen.iter().all(|person| person.person_id == anna.user_id()),
            "{seen:?}"
        );
        assert!(
            of_people(&office).await.len() >= 2,
            "the owner sees everybody"
        );
    });
}
