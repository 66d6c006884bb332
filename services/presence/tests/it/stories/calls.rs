//! One person, one call.

use std::time::Duration;

use api::presence::v1::{
    CallLock, DeclineReason, HeldLock, LockPhase, OfferKind, OfferOutcome, RenewRequest, State,
    WhyBusyRequest,
};
use tonic::Code;

use crate::{
    floor::{reason, seconds},
    office::Office,
};

const SOON: Duration = Duration::from_secs(3);

#[tokio::test]
async fn the_second_call_finds_the_person_busy() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let (first, second) = (office.call(), office.call());
    first.connect(anna).await;
    assert_eq!(office.state_of(anna).await, State::OnACall);

    for kind in [OfferKind::Exclusive, OfferKind::Shared] {
        let result = &second.offer(kind, &[anna]).await[0];
        assert_eq!(result.outcome(), OfferOutcome::Busy);
        assert_eq!(result.held_by_call_id, first.id.to_string());
    }
    let request = WhyBusyRequest {
        person_id: anna.id.to_string(),
    };
    let why = office.admin().why_busy(request).await.unwrap().into_inner();
    let CallLock { call_id, phase, .. } = why.lock.unwrap();
    assert_eq!(
        (call_id, phase),
        (first.id.to_string(), LockPhase::OnCall.into())
    );
    assert!(
        why.explanation.contains(&first.id.to_string()),
        "{}",
        why.explanation
    );
}

#[tokio::test]
async fn a_reserved_person_is_offered_nothing_else() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let (first, second) = (office.call(), office.call());
    first.ring(OfferKind::Exclusive, anna).await;
    assert_eq!(office.state_of(anna).await, State::Ringing);
    let result = &second.offer(OfferKind::Shared, &[anna]).await[0];
    assert_eq!(result.outcome(), OfferOutcome::Busy);
    first.withdraw(&[anna]).await;
    assert_eq!(office.state_of(anna).await, State::Available);
    second.ring(OfferKind::Shared, anna).await;
}

#[tokio::test]
async fn an_answer_ends_the_other_offers_of_the_person() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let (first, second) = (office.call(), office.call());
    let token = first.ring(OfferKind::Shared, anna).await;
    let other = second.ring(OfferKind::Shared, anna).await;

    let answer = first.answer(anna, token).await.unwrap();
    assert_eq!(answer.withdrawn_call_ids, [second.id.to_string()]);
    let later = answer.token.unwrap();
    assert!((later.epoch, later.fence) > (token.epoch, token.fence));

    let late = second.answer(anna, other).await.unwrap_err();
    assert_eq!(
        (late.code(), reason(&late).as_str()),
        (Code::FailedPrecondition, "PERSON_BUSY")
    );
    let twice = first.answer(anna, token).await.unwrap_err();
    assert_eq!(
        (twice.code(), reason(&twice).as_str()),
        (Code::Aborted, "OFFER_GONE")
    );
}

#[tokio::test]
async fn a_repeated_operation_gives_the_same_answer_and_changes_nothing() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let call = office.call();
    let mut floor = call.floor.clone();
    let offer = call.offer_request(OfferKind::Exclusive, &[anna]);
    let once = floor.offer(offer.clone()).await.unwrap().into_inner();
    let before = office.look_at(anna).await;
    assert_eq!(floor.offer(offer).await.unwrap().into_inner(), once);
    assert_eq!(office.look_at(anna).await, before);

    let token = once.results[0].reservation.as_ref().unwrap().token.unwrap();
    let answer = call.answer_request(anna, token, &[], 30);
    let once = floor.answer(answer.clone()).await.unwrap().into_inner();
    let before = office.look_at(anna).await;
    assert_eq!(floor.answer(answer).await.unwrap().into_inner(), once);
    assert_eq!(office.look_at(anna).await, before);
}

#[tokio::test]
async fn an_old_token_is_refused() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let call = office.call();
    let old = call.ring(OfferKind::Shared, anna).await;
    let new = call.ring(OfferKind::Shared, anna).await;
    let stale = call.answer(anna, old).await.unwrap_err();
    assert_eq!(
        (stale.code(), reason(&stale).as_str()),
        (Code::Aborted, "TOKEN_STALE")
    );
    let held = call.answer(anna, new).await.unwrap().token.unwrap();
    // The end of the call as an old leg tells it is not the end of the call.
    call.release(anna, new, None).await;
    assert_eq!(office.state_of(anna).await, State::OnACall);
    call.release(anna, held, None).await;
    assert_eq!(office.state_of(anna).await, State::Available);
    // Twice is no error.
    call.release(anna, held, None).await;
}

#[tokio::test]
async fn a_lock_that_nobody_renews_falls() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let call = office.call();
    let token = call.ring(OfferKind::Exclusive, anna).await;
    let token = call
        .answer_over(anna, token, &[], 1)
        .await
        .unwrap()
        .token
        .unwrap();
    office.becomes(anna, State::Available, SOON).await;
    let renewal = RenewRequest {
        account_id: office.account.to_string(),
        locks: vec![HeldLock {
            person_id: anna.id.to_string(),
            call_id: call.id.to_string(),
            token: Some(token),
        }],
        lease: Some(seconds(30)),
    };
    let lost = call
        .floor
        .clone()
        .renew(renewal.clone())
        .await
        .unwrap()
        .into_inner()
        .lost;
    assert_eq!(lost, renewal.locks);
}

#[tokio::test]
async fn a_renewed_lock_stands() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let call = office.call();
    let token = call.ring(OfferKind::Exclusive, anna).await;
    let token = call
        .answer_over(anna, token, &[], 1)
        .await
        .unwrap()
        .token
        .unwrap();
    let before = office.look_at(anna).await;
    let renewal = RenewRequest {
        account_id: office.account.to_string(),
        locks: vec![HeldLock {
            person_id: anna.id.to_string(),
            call_id: call.id.to_string(),
            token: Some(token),
        }],
        lease: Some(seconds(60)),
    };
    assert!(
        call.floor
            .clone()
            .renew(renewal)
            .await
            .unwrap()
            .into_inner()
            .lost
            .is_empty()
    );
    // Its first lease is over by the time that another person's, begun later, has ended.
    let ben = office.hire(1).await[0];
    let other = office.call();
    let token = other.ring(OfferKind::Exclusive, ben).await;
    other.answer_over(ben, token, &[], 1).await.unwrap();
    office.becomes(ben, State::Available, SOON).await;
    let after = office.look_at(anna).await;
    assert_eq!(after.state(), State::OnACall);
    assert_eq!(after.version, before.version, "a renewal is no change");
}

#[tokio::test]
async fn an_unanswered_reservation_falls_by_itself() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let call = office.call();
    let mut request = call.offer_request(OfferKind::Shared, &[anna]);
    request.lease = Some(seconds(1));
    let results = call
        .floor
        .clone()
        .offer(request)
        .await
        .unwrap()
        .into_inner()
        .results;
    let token = results[0].reservation.as_ref().unwrap().token.unwrap();
    assert_eq!(office.state_of(anna).await, State::Ringing);
    office.becomes(anna, State::Available, SOON).await;
    assert_eq!(
        reason(&call.answer(anna, token).await.unwrap_err()),
        "OFFER_GONE"
    );
}

#[tokio::test]
async fn declining_is_not_missing() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    for _ in 0..4 {
        let call = office.call();
        let token = call.ring(OfferKind::Exclusive, anna).await;
        assert!(!call.decline(anna, token, DeclineReason::Declined, 3).await);
    }
    assert_eq!(office.state_of(anna).await, State::Available);
}
