//! A call for everybody: one of them has it.

use std::collections::HashSet;

use api::presence::v1::{OfferKind, OfferOutcome, State};
use futures::future::join_all;

use crate::{floor::reason, office::Office};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_answer_at_once_and_one_wins() {
    let mut office = Office::open().await;
    let team = office.hire(50).await;
    let call = office.call();
    let results = call.offer(OfferKind::Shared, &team).await;
    assert!(
        results
            .iter()
            .all(|result| result.outcome() == OfferOutcome::Placed)
    );

    let answers = team.iter().zip(&results).map(|(person, result)| {
        let token = result.reservation.as_ref().unwrap().token.unwrap();
        let losers: Vec<_> = team
            .iter()
            .copied()
            .filter(|other| other != person)
            .collect();
        let call = call.clone();
        async move { call.answer_over(*person, token, &losers, 30).await }
    });
    let answers = join_all(answers).await;
    let winners: Vec<_> = answers
        .iter()
        .enumerate()
        .filter(|(_, answer)| answer.is_ok())
        .collect();
    assert_eq!(winners.len(), 1);
    let winner = team[winners[0].0];
    for (person, answer) in team
        .iter()
        .zip(&answers)
        .filter(|(person, _)| **person != winner)
    {
        assert_eq!(reason(answer.as_ref().unwrap_err()), "OFFER_GONE");
        assert_eq!(office.state_of(*person).await, State::Available);
    }
    assert_eq!(office.state_of(winner).await, State::OnACall);
}

#[tokio::test]
async fn a_limit_tries_people_in_a_fair_order() {
    use api::presence::v1::OfferOrder;
    let mut office = Office::open().await;
    let team = office.hire(3).await;
    let mut rung = Vec::new();
    for _ in 0..6 {
        let call = office.call();
        let mut request = call.offer_request(OfferKind::Shared, &team);
        (request.limit, request.order) = (1, OfferOrder::LeastRecentlyOffered.into());
        let results = call
            .floor
            .clone()
            .offer(request)
            .await
            .unwrap()
            .into_inner()
            .results;
        let placed = |outcome| {
            results
                .iter()
                .filter(|result| result.outcome() == outcome)
                .count()
        };
        assert_eq!(
            (placed(OfferOutcome::Placed), placed(OfferOutcome::NotTried)),
            (1, 2)
        );
        let who = results
            .iter()
            .position(|result| result.outcome() == OfferOutcome::Placed);
        rung.push(who.unwrap());
        call.withdraw(&team).await;
        // Two offers within one millisecond have no order.
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    assert_eq!(rung, [0, 1, 2, 0, 1, 2]);
}

#[tokio::test]
async fn ring_all_to_busy_people_rings_the_others() {
    let mut office = Office::open().await;
    let team = office.hire(3).await;
    office.call().connect(team[0]).await;
    let results = office.call().offer(OfferKind::Shared, &team).await;
    let outcomes: Vec<_> = results.iter().map(|result| result.outcome()).collect();
    assert_eq!(
        outcomes,
        [
            OfferOutcome::Busy,
            OfferOutcome::Placed,
            OfferOutcome::Placed
        ]
    );
    let tokens: HashSet<_> = results[1..]
        .iter()
        .map(|result| result.reservation.as_ref().unwrap().token.unwrap().fence)
        .collect();
    assert_eq!(tokens.len(), 2, "every offer has a token of its own");
}
