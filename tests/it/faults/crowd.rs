//! Everybody at once (I13).

use api::presence::v1::State;
use futures::future::{join_all, try_join_all};

use crate::{
    office::{Office, becomes},
    world::tell,
};

const PEOPLE: usize = 50;

#[test]
fn fifty_answer_at_once_and_one_has_the_call() {
    tell(async |world| {
        let office = Office::found(world, "Crowd").await;
        let people: [_; PEOPLE] = office.at_work(NAMES).await;
        let everybody: Vec<_> = people.iter().collect();
        let (_, sales) = office.ring_group(&everybody).await;
        let mut line = office.call(&sales).await;
        let mut rings = Vec::new();
        while rings.len() < PEOPLE {
            rings.push(line.ring().await.unwrap());
        }

        let answers = try_join_all(rings.iter().map(|ring| line.answer(ring)))
            .await
            .unwrap();
        let winners: Vec<_> = rings
            .iter()
            .zip(&answers)
            .filter(|(_, connected)| **connected)
            .collect();
        let [(winner, _)] = winners.as_slice() else {
            panic!("{} have the call", winners.len())
        };
        let connect = line.connect().await.unwrap();
        assert_eq!(connect.other_leg_id, winner.leg_id);

        let states = join_all(people.iter().map(async |person| {
            let on_call = person.user_id() == winner.person_id;
            becomes(
                person,
                if on_call {
                    State::OnACall
                } else {
                    State::Available
                },
            )
            .await
        }));
        assert_eq!(states.await.len(), PEOPLE);
        line.hang_up().await.unwrap();
        let record = office.record(line.call_id()).await;
        assert_eq!(record.person_id, winner.person_id);
        assert_eq!(record.legs.len(), PEOPLE);
        assert_eq!(
            record
                .legs
                .iter()
                .filter(|leg| leg.answer_time.is_some())
                .count(),
            1
        );
    });
}

/// Fifty people; nobody in particular.
const NAMES: [&str; PEOPLE] = {
    let mut names = ["Anna"; PEOPLE];
    names[1] = "Ben";
    names
};
