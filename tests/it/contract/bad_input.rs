//! Whatever is sent, the answer is typed: a status with a reason from the
//! proto, never INTERNAL or UNKNOWN, and the service lives on.

mod poison;

use access::Role;
use api::access::v1::{Audience, Permission, Scope};
use company::Company;
use futures::{StreamExt as _, stream};
use ids::{AccountId, EdgeId};
use prost::{
    Message as _,
    encoding::{WireType, encode_key, encode_varint},
};
use prost_reflect::DynamicMessage;
use testkit::Callers;
use tonic::{Code, Status};

use self::poison::poisoned;
use super::{
    catalogue::{Rpc, rpcs},
    wire::{Call, info, reason},
};
use crate::world::{World, tell};

const AT_ONCE: usize = 16;
const UNKNOWN_FIELD: u32 = 15_000;

/// Somebody for every method who may call it, of a company that exists.
struct Insiders {
    callers: Callers,
    account: AccountId,
    owner: ids::UserId,
}

impl Insiders {
    async fn of(world: &World) -> Self {
        let company: Company = world.platform.found("Bad Input").await.unwrap();
        Self {
            callers: world.forge().await,
            account: company.account_id().parse().unwrap(),
            owner: company.owner().user_id().parse().unwrap(),
        }
    }

    fn token(&self, rpc: &Rpc) -> String {
        let right: [Permission; 1] = [rpc.policy.permission()];
        let platform = rpc.policy.scope() == Scope::Platform;
        match () {
            () if rpc.policy.admits(Audience::Person) => {
                let owner = self.callers.person(self.account).with_roles(&[Role::Owner]);
                owner.named(self.owner).token()
            }
            () if rpc.policy.admits(Audience::Edge) => {
                self.callers.edge(EdgeId::generate(), &right)
            }
            () => self
                .callers
                .service((!platform).then_some(self.account), &right),
        }
    }

    fn call(&self, rpc: &Rpc) -> Call {
        Call::new().bearer(&self.token(rpc))
    }
}

/// What is wrong with an answer, if anything is.
fn untyped(status: &Status) -> Option<String> {
    let ours = info(status).is_some_and(|info| info.domain.ends_with("strowger.dev"));
    let typed = ours
        && !matches!(
            status.code(),
            Code::Internal | Code::Unknown | Code::DataLoss
        );
    (!typed).then(|| {
        format!(
            "{:?} {}: {}",
            status.code(),
            reason(status),
            status.message()
        )
    })
}

/// Sends every one of these and collects the answers that are not typed.
async fn untyped_answers(world: &World, calls: Vec<(Rpc, String, Call)>) -> Vec<String> {
    stream::iter(calls)
        .map(async |(rpc, what, call)| {
            let status = call.to(&rpc.address(world), rpc.path).await.err()?;
            untyped(&status).map(|why| format!("{} with {what}: {why}", rpc.path))
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(async |wrong| wrong)
        .collect()
        .await
}

#[test]
fn an_empty_request_has_a_typed_answer() {
    tell(async |world| {
        let insiders = Insiders::of(world).await;
        let calls = rpcs().into_iter().map(|rpc| {
            let call = insiders.call(&rpc);
            (rpc, "nothing".to_owned(), call)
        });
        let wrong = untyped_answers(world, calls.collect()).await;
        assert!(wrong.is_empty(), "{wrong:#?}");
    });
}

#[test]
fn a_poisoned_field_has_a_typed_answer() {
    tell(async |world| {
        let insiders = Insiders::of(world).await;
        let mut calls = Vec::new();
        for rpc in rpcs() {
            let token = insiders.token(&rpc);
            for (what, message) in poisoned(&rpc.method.input()) {
                let body = message.encode_to_vec();
                if body.len() <= rpc.policy.max_request_bytes {
                    calls.push((rpc.clone(), what, Call::new().bearer(&token).body(body)));
                }
            }
        }
        assert!(calls.len() > 1000, "only {} poisons", calls.len());
        let wrong = untyped_answers(world, calls).await;
        assert!(
            wrong.is_empty(),
            "{} wrong: {:#?}",
            wrong.len(),
            &wrong[..wrong.len().min(40)]
        );
    });
}

#[test]
fn a_message_may_be_as_large_as_declared_and_no_larger() {
    tell(async |world| {
        let insiders = Insiders::of(world).await;
        for rpc in rpcs() {
            let address = rpc.address(world);
            let limit = rpc.policy.max_request_bytes;
            let at = insiders
                .call(&rpc)
                .body(padding(limit))
                .to(&address, rpc.path)
                .await;
            let refused = at.err().map(|status| reason(&status));
            assert_ne!(
                refused.as_deref(),
                Some("REQUEST_TOO_LARGE"),
                "{} at its limit",
                rpc.path
            );
            let over = insiders
                .call(&rpc)
                .body(padding(limit + 1))
                .to(&address, rpc.path)
                .await;
            let status = over
                .err()
                .unwrap_or_else(|| panic!("{} takes more than its limit", rpc.path));
            assert_eq!(
                status.code(),
                Code::ResourceExhausted,
                "{}: {status:?}",
                rpc.path
            );
            assert_eq!(reason(&status), "REQUEST_TOO_LARGE", "{}", rpc.path);
        }
    });
}

/// A message of exactly this many bytes that every message type accepts: an
/// unknown field.
fn padding(length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length);
    encode_key(UNKNOWN_FIELD, WireType::LengthDelimited, &mut bytes);
    let rest = length - bytes.len();
    // The length itself takes one to five bytes of what is left.
    let digits = (1..=5)
        .find(|digits| rest - digits < 1 << (7 * digits))
        .unwrap();
    encode_varint((rest - digits) as u64, &mut bytes);
    bytes.resize(length, 0);
    bytes
}

#[test]
fn padding_has_the_length_it_says() {
    for length in [1024, 4096, 16_384, 65_536, 1_048_576] {
        let input = super::catalogue::rpc("/strowger.identity.v1.KeyService/ListSigningKeys")
            .method
            .input();
        let bytes = padding(length);
        assert_eq!(bytes.len(), length);
        DynamicMessage::decode(input, bytes.as_slice()).unwrap();
    }
}

#[test]
fn bytes_that_are_no_message_are_refused() {
    tell(async |world| {
        let insiders = Insiders::of(world).await;
        let broken: [(&str, &[u8]); 4] = [
            ("a cut varint", &[0x08, 0xff]),
            ("a cut string", &[0x0a, 0x10, b'x']),
            ("invalid UTF-8", &[0x0a, 0x02, 0xc3, 0x28]),
            ("an end of a group that never began", &[0x0c]),
        ];
        let mut wrong = Vec::new();
        for rpc in rpcs() {
            for (what, bytes) in broken {
                let answer = insiders
                    .call(&rpc)
                    .body(bytes.to_vec())
                    .to(&rpc.address(world), rpc.path)
                    .await;
                if let Some(why) = answer.err().and_then(|status| untyped(&status)) {
                    wrong.push(format!("{} with {what}: {why}", rpc.path));
                }
            }
        }
        assert!(
            wrong.is_empty(),
            "{} wrong: {:#?}",
            wrong.len(),
            &wrong[..wrong.len().min(10)]
        );
    });
}

#[test]
fn a_deadline_that_cannot_be_read_is_refused() {
    tell(async |world| {
        let insiders = Insiders::of(world).await;
        for rpc in rpcs() {
            for timeout in ["abc", "5", "-1S", "1D", "123456789S", ""] {
                let call = insiders.call(&rpc).header("grpc-timeout", timeout);
                let status = call.to(&rpc.address(world), rpc.path).await.err();
                let status = status.unwrap_or_else(|| panic!("{} with {timeout:?}", rpc.path));
                assert_eq!(
                    status.code(),
                    Code::InvalidArgument,
                    "{} with {timeout:?}",
                    rpc.path
                );
                assert_eq!(
                    reason(&status),
                    "DEADLINE_MALFORMED",
                    "{} with {timeout:?}",
                    rpc.path
                );
            }
        }
    });
}

#[test]
fn huge_metadata_costs_the_sender_only() {
    tell(async |world| {
        let insiders = Insiders::of(world).await;
        for rpc in rpcs() {
            let address = rpc.address(world);
            let call = insiders.call(&rpc).header("x-huge", &"x".repeat(64 << 10));
            call.to(&address, rpc.path)
                .await
                .expect_err("64 KiB of metadata");
            if let Err(status) = insiders.call(&rpc).to(&address, rpc.path).await {
                assert_eq!(untyped(&status), None, "{} afterwards", rpc.path);
            }
        }
    });
}
