//! Callers who wait for somebody who is free.

use std::time::Instant;

use api::{
    directory::v1::{Queue, target::Kind},
    presence::v1::{LockPhase, State},
    routing::v1::{CallOutcome, HangupCause, OfferEnd},
};

use crate::{
    office::{A_SECOND, Office, answered_by, becomes, rung, seconds},
    world::{tell, tell_undisturbed},
};

#[test]
fn a_call_goes_to_whoever_has_been_idle_longest() {
    tell(async |world| {
        let office = Office::found(world, "Longest Idle").await;
        let [anna, ben] = office.at_work(["Anna", "Ben"]).await;
        let (_, support) = office.queue(&[&anna, &ben], Queue::default()).await;

        let mut first = office.call(&support).await;
        let ring = first.ring().await.unwrap();
        let (had, idle) = if ring.person_id == anna.user_id() {
            (&anna, &ben)
        } else {
            (&ben, &anna)
        };
        assert!(first.answer(&ring).await.unwrap());
        first.hang_up().await.unwrap();
        becomes(had, State::Available).await;

        for next in [idle, had, idle] {
            let mut line = office.call(&support).await;
            answered_by(&mut line, next).await;
            line.hang_up().await.unwrap();
            becomes(next, State::Available).await;
        }
    });
}

#[test]
fn a_call_waits_while_everybody_is_on_a_call_and_comes_next() {
    tell(async |world| {
        let office = Office::found(world, "One At A Time").await;
        let [anna] = office.at_work(["Anna"]).await;
        let (_, support) = office.queue(&[&anna], Queue::default()).await;

        let mut first = office.call(&support).await;
        answered_by(&mut first, &anna).await;
        let mut second = office.call(&support).await;
        second.play().await.unwrap();
        let seen = becomes(&anna, State::OnACall).await;
        assert_eq!(seen.lock.unwrap().call_id, first.call_id());
        assert!(rung(&second).is_empty(), "nobody rings while Anna talks");

        first.hang_up().await.unwrap();
        answered_by(&mut second, &anna).await;
        let record = office.record(first.call_id()).await;
        assert_eq!(record.outcome(), CallOutcome::Answered);
    });
}

#[test]
fn a_second_call_for_a_busy_person_takes_the_busy_branch() {
    tell(async |world| {
        let office = Office::found(world, "Direct").await;
        let [anna] = office.at_work(["Anna"]).await;
        let direct = office
            .number(Kind::ExtensionId(anna.extension_id().to_owned()))
            .await;

        let mut first = office.call(&direct).await;
        answered_by(&mut first, &anna).await;
        let mut second = office.call(&direct).await;
        let voicemail = second.voicemail().await.unwrap();
        assert_eq!(voicemail.owner_id, anna.extension_id());
        assert!(
            rung(&second).is_empty(),
            "Anna's phone stays silent: she is on a call"
        );

        let seen = anna.seen().await.unwrap().lock.unwrap();
        assert_eq!(
            (seen.call_id.as_str(), seen.phase()),
            (first.call_id(), LockPhase::OnCall)
        );
    });
}

#[test]
fn a_rest_after_the_call_and_then_the_next() {
    tell_undisturbed(async |world| {
        let office = Office::found(world, "Wrap Up").await;
        let [anna] = office.at_work(["Anna"]).await;
        let (_, support) = office
            .queue(
                &[&anna],
                Queue {
                    wrap_up: seconds(2),
                    ..Queue::default()
                },
            )
            .await;

        let mut first = office.call(&support).await;
        answered_by(&mut first, &anna).await;
        first.hang_up().await.unwrap();
        let ended = Instant::now();
        let resting = becomes(&anna, State::WrapUp).await;
        assert!(resting.wrap_up_until.is_some());

        let mut second = office.call(&support).await;
        answered_by(&mut second, &anna).await;
        let rested = ended.elapsed();
        assert!(
            rested >= 2 * A_SECOND - A_SECOND / 10,
            "rang after {rested:?} of 2 s rest"
        );
        assert!(rested < 3 * A_SECOND, "rang only after {rested:?}");
    });
}

#[test]
fn a_missed_offer_goes_on_to_somebody_else() {
    tell(async |world| {
        let office = Office::found(world, "Missed").await;
        let [anna, ben] = office.at_work(["Anna", "Ben"]).await;
        let (_, support) = office
            .queue(
                &[&anna, &ben],
                Queue {
                    ring_timeout: seconds(5),
                    ..Queue::default()
                },
            )
            .await;

        let mut line = office.call(&support).await;
        let first = line.ring().await.unwrap();
        let second = line.ring().await.unwrap();
        assert_ne!(first.person_id, second.person_id);
        assert!(line.answer(&second).await.unwrap());
        line.hang_up().await.unwrap();

        let record = office.record(line.call_id()).await;
        let ends: Vec<OfferEnd> = record.legs.iter().map(|leg| leg.offer_end()).collect();
        assert_eq!(ends, [OfferEnd::Missed, OfferEnd::Unspecified]);
        assert_eq!(record.person_id, second.person_id);
    });
}

#[test]
fn a_declined_offer_goes_on_at_once() {
    tell(async |world| {
        let office = Office::found(world, "Declined").await;
        let [anna, ben] = office.at_work(["Anna", "Ben"]).await;
        let (_, support) = office.queue(&[&anna, &ben], Queue::default()).await;

        let mut line = office.call(&support).await;
        let first = line.ring().await.unwrap();
        line.put_down(&first.leg_id, HangupCause::Declined)
            .await
            .unwrap();
        let second = line.ring().await.unwrap();
        assert_ne!(first.person_id, second.person_id);
        line.hang_up().await.unwrap();
        for member in [&anna, &ben] {
            becomes(member, State::Available).await;
        }
    });
}

#[test]
fn whoever_waits_too_long_may_leave_a_message() {
    tell(async |world| {
        let office = Office::found(world, "Too Long").await;
        let [anna] = office.at_work(["Anna"]).await;
        let (queue, support) = office
            .queue(
                &[&anna],
                Queue {
                    max_wait: seconds(1),
                    ..Queue::default()
                },
            )
            .await;
        let mut busy = office.call(&support).await;
        answered_by(&mut busy, &anna).await;

        let mut line = office.call(&support).await;
        let voicemail = line.voicemail().await.unwrap();
        assert_eq!(voicemail.owner_id, queue.queue_id);
        let kept = "file:///voicemail/1.wav";
        line.recorded(kept, 12 * A_SECOND).await.unwrap();
        line.hang_up().await.unwrap();

        let record = office.record(line.call_id()).await;
        assert_eq!(record.outcome(), CallOutcome::Voicemail);
        assert_eq!(record.voicemail_location, kept);
        assert_eq!(record.queue_ids, [queue.queue_id]);
        assert!(record.legs.is_empty(), "nobody was rung for it");
    });
}

#[test]
fn whoever_hangs_up_while_waiting_has_abandoned() {
    tell(async |world| {
        let office = Office::found(world, "Abandoned").await;
        let [anna] = office.at_work(["Anna"]).await;
        let (_, support) = office.queue(&[&anna], Queue::default()).await;
        let mut line = office.call(&support).await;
        let ring = line.ring().await.unwrap();
        line.hang_up().await.unwrap();
        assert_eq!(line.stop_ringing().await.unwrap().leg_id, ring.leg_id);

        let record = office.record(line.call_id()).await;
        assert_eq!(record.outcome(), CallOutcome::Abandoned);
        assert_eq!(record.legs[0].offer_end(), OfferEnd::Withdrawn);
        becomes(&anna, State::Available).await;
    });
}
