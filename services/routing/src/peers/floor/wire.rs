//! Presence's messages and what calls make of them.

use std::time::Duration;

use api::presence::v1 as proto;
use ids::UserId;

use super::HeldLock;
use crate::domain::{
    DeclineReason, OfferKind, OfferOrder, OfferOutcome, Offered, Reservation, Token,
};

/// Presence takes leases of 1 s to 180 s.
const SHORTEST_LEASE: Duration = Duration::from_secs(1);
const LONGEST_LEASE: Duration = Duration::from_secs(180);

pub(super) fn texts(people: &[UserId]) -> Vec<String> {
    people.iter().map(UserId::to_string).collect()
}

pub(super) fn span(lease: Duration) -> prost_types::Duration {
    proto_span(lease.clamp(SHORTEST_LEASE, LONGEST_LEASE))
}

pub(super) fn proto_span(span: Duration) -> prost_types::Duration {
    // Fails above 292 billion years.
    span.try_into().unwrap_or_default()
}

pub(super) fn offer_kind(kind: OfferKind) -> proto::OfferKind {
    match kind {
        OfferKind::Exclusive => proto::OfferKind::Exclusive,
        OfferKind::Shared => proto::OfferKind::Shared,
    }
}

pub(super) fn offer_order(order: OfferOrder) -> proto::OfferOrder {
    match order {
        OfferOrder::Listed => proto::OfferOrder::Listed,
        OfferOrder::LongestIdle => proto::OfferOrder::LongestIdle,
        OfferOrder::LeastRecentlyOffered => proto::OfferOrder::LeastRecentlyOffered,
    }
}

pub(super) fn decline_reason(reason: DeclineReason) -> proto::DeclineReason {
    match reason {
        DeclineReason::Declined => proto::DeclineReason::Declined,
        DeclineReason::Missed => proto::DeclineReason::Missed,
        DeclineReason::Unreachable => proto::DeclineReason::Unreachable,
    }
}

pub(super) fn token_out(token: Token) -> proto::Token {
    proto::Token {
        epoch: token.epoch,
        fence: token.fence,
    }
}

pub(super) fn token_in(token: proto::Token) -> Token {
    Token {
        epoch: token.epoch,
        fence: token.fence,
    }
}

pub(super) fn lock_out(lock: &HeldLock) -> proto::HeldLock {
    proto::HeldLock {
        person_id: lock.person.to_string(),
        call_id: lock.call.to_string(),
        token: Some(token_out(lock.token)),
    }
}

pub(super) fn lock_in(lock: &proto::HeldLock) -> Option<HeldLock> {
    Some(HeldLock {
        call: lock.call_id.parse().ok()?,
        person: lock.person_id.parse().ok()?,
        token: token_in(lock.token.unwrap_or_default()),
    })
}

pub(super) fn reservation_in(reservation: proto::Reservation) -> Option<Reservation> {
    Some(Reservation {
        person: reservation.person_id.parse().ok()?,
        token: token_in(reservation.token.unwrap_or_default()),
        devices: reservation
            .device_ids
            .iter()
            .filter_map(|id| id.parse().ok())
            .collect(),
    })
}

pub(super) fn offered_in(result: proto::OfferResult) -> Option<Offered> {
    let person = result.person_id.parse().ok()?;
    let outcome = match result.outcome() {
        proto::OfferOutcome::Placed => result
            .reservation
            .and_then(reservation_in)
            .map_or(OfferOutcome::Unknown, OfferOutcome::Placed),
        proto::OfferOutcome::Busy => OfferOutcome::Busy,
        proto::OfferOutcome::Offline => OfferOutcome::Offline,
        proto::OfferOutcome::Away => OfferOutcome::Away,
        proto::OfferOutcome::NotTried => OfferOutcome::NotTried,
        proto::OfferOutcome::Unknown | proto::OfferOutcome::Unspecified => OfferOutcome::Unknown,
    };
    Some(Offered { person, outcome })
}
