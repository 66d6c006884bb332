//! Several people, one call.

use std::time::Instant;

use api::{
    presence::v1::State,
    routing::v1::{CallOutcome, OfferEnd, edge_command::Action},
};

use crate::{
    office::{A_SECOND, Office, becomes, becomes_within},
    world::{tell, tell_undisturbed},
};

#[test]
fn everybody_rings_one_answers_and_the_others_stop_within_a_second() {
    tell_undisturbed(async |world| {
        let office = Office::found(world, "Ring All").await;
        let [anna, ben, carla] = office.at_work(["Anna", "Ben", "Carla"]).await;
        let (_, sales) = office.ring_group(&[&anna, &ben, &carla]).await;

        let mut line = office.call(&sales).await;
        let rings = [
            line.ring().await.unwrap(),
            line.ring().await.unwrap(),
            line.ring().await.unwrap(),
        ];
        let bens = rings
            .iter()
            .find(|ring| ring.person_id == ben.user_id())
            .unwrap();
        let picked_up = Instant::now();
        assert!(line.answer(bens).await.unwrap());
        let mut stopped = Vec::new();
        while stopped.len() < 2 {
            let left = A_SECOND.saturating_sub(picked_up.elapsed());
            let command = line
                .next(left)
                .await
                .expect("two phones stop within a second");
            if let Some(Action::StopRinging(stop)) = command.action {
                stopped.push(stop.leg_id);
            }
        }
        assert!(!stopped.contains(&bens.leg_id));
        for loser in [&anna, &carla] {
            becomes_within(A_SECOND, loser, State::Available).await;
        }
        becomes(&ben, State::OnACall).await;

        // Too late is too late, and changes nothing.
        let annas = rings
            .iter()
            .find(|ring| ring.person_id == anna.user_id())
            .unwrap();
        assert!(!line.answer(annas).await.unwrap());
        line.hang_up().await.unwrap();
        let record = office.record(line.call_id()).await;
        assert_eq!(record.person_id, ben.user_id());
        let taken = record
            .legs
            .iter()
            .filter(|leg| leg.offer_end() == OfferEnd::Taken)
            .count();
        assert_eq!(taken, 2, "{:?}", record.legs);
    });
}

#[test]
fn a_person_who_rings_for_two_calls_answers_one() {
    tell(async |world| {
        let office = Office::found(world, "Two Rings").await;
        let [anna, ben] = office.at_work(["Anna", "Ben"]).await;
        let (_, sales) = office.ring_group(&[&anna, &ben]).await;
        let mut first = office.call(&sales).await;
        let mut second = office.call(&sales).await;
        let mut annas = Vec::new();
        for line in [&mut first, &mut second] {
            let rings = [line.ring().await.unwrap(), line.ring().await.unwrap()];
            annas.extend(
                rings
                    .into_iter()
                    .find(|ring| ring.person_id == anna.user_id()),
            );
        }
        let [to_first, to_second] = annas.try_into().expect("Anna rings for both");
        assert!(first.answer(&to_first).await.unwrap());
        assert!(
            !second.answer(&to_second).await.unwrap(),
            "Anna is on a call"
        );
        second.hang_up().await.unwrap();
        first.hang_up().await.unwrap();
        assert_eq!(
            office.record(first.call_id()).await.outcome(),
            CallOutcome::Answered
        );
        for member in [&anna, &ben] {
            becomes(member, State::Available).await;
        }
    });
}
