//! Nobody comes in without a valid token (I25).

use access::{Claims, Kind, Role};
use api::access::v1::Permission;
use futures::{StreamExt as _, stream};
use ids::AccountId;
use testkit::Callers;
use tonic::Code;

use super::{
    catalogue::{Rpc, rpcs},
    wire::{Call, reason},
};
use crate::world::{World, tell};

const AT_ONCE: usize = 16;

/// Knocks at every door that is not open, and collects those that answer
/// anything but this.
async fn knock(world: &World, code: Code, expected: &str, call: impl Fn(&Rpc) -> Call) {
    let closed = rpcs().into_iter().filter(|rpc| !rpc.policy.is_open());
    let answers = stream::iter(closed).map(|rpc| {
        let call = call(&rpc);
        async move { (rpc.path, call.to(&rpc.address(world), rpc.path).await) }
    });
    let wrong: Vec<String> = answers
        .buffer_unordered(AT_ONCE)
        .filter_map(async |(path, answer)| match answer {
            Err(status) if status.code() == code && reason(&status) == expected => None,
            Err(status) => Some(format!("{path}: {:?} {}", status.code(), reason(&status))),
            Ok(_) => Some(format!("{path}: let in")),
        })
        .collect()
        .await;
    assert!(wrong.is_empty(), "expected {code:?} {expected}: {wrong:#?}");
}

fn owner(callers: &Callers) -> testkit::Person {
    callers
        .person(AccountId::generate())
        .with_roles(&[Role::Owner])
}

fn claims(callers: &Callers) -> Claims {
    let mut claims = callers.claims(Kind::Person, ids::UserId::generate().to_string());
    claims.acc = Some(AccountId::generate());
    claims.sid = Some(ids::SessionId::generate());
    claims.roles = vec![Role::Owner.as_str().to_owned()];
    claims
}

#[test]
fn no_token() {
    tell(async |world| {
        knock(world, Code::Unauthenticated, "TOKEN_MISSING", |_| {
            Call::new()
        })
        .await;
        let token = owner(&world.forge().await).token();
        let twice = Call::new().bearer(&token).bearer(&token);
        knock(world, Code::Unauthenticated, "TOKEN_MISSING", |_| {
            twice.clone()
        })
        .await;
    });
}

#[test]
fn a_token_that_is_none() {
    tell(async |world| {
        for garbage in [
            "garbage",
            "a.b.c",
            "eyJhbGciOiJub25lIn0.e30.",
            &"x".repeat(9000),
        ] {
            let call = Call::new().bearer(garbage);
            knock(world, Code::Unauthenticated, "TOKEN_INVALID", |_| {
                call.clone()
            })
            .await;
        }
    });
}

#[test]
fn a_token_of_another_mesh() {
    tell(async |world| {
        let call = Call::new().bearer(&owner(&Callers::new()).token());
        knock(world, Code::Unauthenticated, "TOKEN_INVALID", |_| {
            call.clone()
        })
        .await;
    });
}

#[test]
fn a_token_of_ours_that_is_over_or_for_somebody_else() {
    tell(async |world| {
        let ours = world.forge().await;
        let expired = owner(&ours).living(chrono::TimeDelta::minutes(-1)).token();
        knock(world, Code::Unauthenticated, "TOKEN_EXPIRED", |_| {
            Call::new().bearer(&expired)
        })
        .await;
        let elsewhere = ours.sign(&Claims {
            aud: "elsewhere".to_owned(),
            ..claims(&ours)
        });
        knock(world, Code::Unauthenticated, "TOKEN_INVALID", |_| {
            Call::new().bearer(&elsewhere)
        })
        .await;
        let stranger = ours.sign(&Claims {
            iss: "somebody".to_owned(),
            ..claims(&ours)
        });
        knock(world, Code::Unauthenticated, "TOKEN_INVALID", |_| {
            Call::new().bearer(&stranger)
        })
        .await;
    });
}

#[test]
fn a_valid_token_without_the_right() {
    tell(async |world| {
        let ours = world.forge().await;
        let account = AccountId::generate();
        // Of the right kind and on the right side of the tenant boundary, but
        // with a single right that no method of that side asks for.
        let token = |rpc: &Rpc| {
            use api::access::v1::{Audience, Scope};
            let other = match rpc.policy.permission() {
                Permission::OwnershipTransfer => Permission::AuditRead,
                _ => Permission::OwnershipTransfer,
            };
            let platform = rpc.policy.scope() == Scope::Platform;
            match () {
                () if rpc.policy.admits(Audience::Service) => {
                    ours.service((!platform).then_some(account), &[other])
                }
                () if rpc.policy.admits(Audience::Edge) => {
                    ours.edge(ids::EdgeId::generate(), &[other])
                }
                () => ours.person(account).with_roles(&[]).token(),
            }
        };
        knock(world, Code::PermissionDenied, "PERMISSION_MISSING", |rpc| {
            Call::new().bearer(&token(rpc))
        })
        .await;
    });
}
