use api::presence::v1;
use fault::At;
use ids::{CallId, DeviceId, UserId};

use super::person::timestamp;
use crate::{
    domain::{Outcome, Placed, Token},
    live::{Claim, Reserved},
};

pub(in crate::grpc) fn token(token: Token) -> v1::Token {
    v1::Token {
        epoch: token.epoch,
        fence: token.fence,
    }
}

pub(in crate::grpc) fn token_from(at: &mut At<'_>, token: Option<v1::Token>) -> Option<Token> {
    let token = at.required("token", token)?;
    let mut at = at.at("token");
    let epoch = at.must(token.epoch > 0, "epoch", "must be from an earlier answer");
    let fence = at.must(token.fence > 0, "fence", "must be from an earlier answer");
    (epoch && fence).then_some(Token {
        epoch: token.epoch,
        fence: token.fence,
    })
}

pub(in crate::grpc) fn reserved(reserved: &Reserved) -> v1::ReserveResponse {
    v1::ReserveResponse {
        reservation: reserved.placed.as_ref().map(reservation),
        logged_in: reserved.logged_in,
    }
}

pub(in crate::grpc) fn offered(person: UserId, outcome: &Outcome) -> v1::OfferResult {
    let mut result = v1::OfferResult {
        person_id: person.to_string(),
        ..Default::default()
    };
    let wire = match outcome {
        Outcome::Placed(placed) => {
            result.reservation = Some(reservation(placed));
            v1::OfferOutcome::Placed
        }
        Outcome::Busy(held_by) => {
            result.held_by_call_id = held_by.map(CallId::into).unwrap_or_default();
            v1::OfferOutcome::Busy
        }
        Outcome::Offline => v1::OfferOutcome::Offline,
        Outcome::Away => v1::OfferOutcome::Away,
        Outcome::Unknown => v1::OfferOutcome::Unknown,
        Outcome::NotTried => v1::OfferOutcome::NotTried,
    };
    result.outcome = wire.into();
    result
}

pub(in crate::grpc) fn held_lock(claim: &Claim) -> v1::HeldLock {
    v1::HeldLock {
        person_id: claim.person.to_string(),
        call_id: claim.call.to_string(),
        token: Some(token(claim.token)),
    }
}

fn reservation(placed: &Placed) -> v1::Reservation {
    v1::Reservation {
        person_id: placed.person.to_string(),
        token: Some(token(placed.token)),
        expire_time: Some(timestamp(placed.expires)),
        device_ids: placed.devices.iter().map(DeviceId::to_string).collect(),
    }
}
