//! Revocations.

use access::{Revocation, Revoked};
use api::identity::v1::{self as wire, revocation::Subject};

use super::timestamp;
use crate::app::revocation::feed::Part;

pub(in crate::grpc) fn part(part: &Part) -> wire::WatchRevocationsResponse {
    wire::WatchRevocationsResponse {
        revocations: part.revocations.iter().map(to_wire).collect(),
        as_of_time: part.as_of.and_then(timestamp),
    }
}

fn to_wire(revocation: &Revocation) -> wire::Revocation {
    let subject = match revocation.whose {
        Revoked::Session(id) => Subject::SessionId(id.to_string()),
        Revoked::User(id) => Subject::UserId(id.to_string()),
        Revoked::Account(id) => Subject::AccountId(id.to_string()),
        Revoked::ServiceKey(id) => Subject::ServiceKeyId(id.to_string()),
    };
    wire::Revocation {
        subject: Some(subject),
        generation: revocation.generation,
        revoke_time: timestamp(revocation.revoked),
        expire_time: timestamp(revocation.expires),
    }
}
