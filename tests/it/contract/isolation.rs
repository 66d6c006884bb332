//! Another company's objects do not exist (I24): every RPC that takes an id is
//! called with ids of a neighbour, by somebody who may do everything at home.

mod neighbour;

use api::access::v1::Scope;
use futures::{StreamExt as _, stream};
use prost::Message as _;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, Value};
use tonic::{Code, Status};

use self::neighbour::Neighbour;
use super::{
    catalogue::{Rpc, rpcs},
    wire::{Call, info, reason},
};
use crate::world::tell;

const AT_ONCE: usize = 8;

/// RPCs that take ids to narrow a list: a neighbour's id finds nothing.
const FILTERS: &[&str] = &["List", "GetPersonStatistics", "GetQueueStatistics"];

fn is_filter(rpc: &Rpc) -> bool {
    FILTERS
        .iter()
        .any(|prefix| rpc.method.name().starts_with(prefix))
}

/// Fields of a request that name an object of the account.
fn names_an_object(field: &FieldDescriptor) -> bool {
    let name = field.name();
    matches!(field.kind(), Kind::String)
        && (name.ends_with("_id") || name.ends_with("_ids") || name == "voicemail_of")
        && name != "request_id"
}

/// The request, aimed at the neighbour: their id in every field that takes one.
/// `None` when it takes none.
fn aimed(rpc: &Rpc, at: &Neighbour) -> Option<DynamicMessage> {
    let mut request = DynamicMessage::new(rpc.method.input());
    let mut hit = false;
    for field in rpc.method.input().fields() {
        match field.kind() {
            Kind::String if names_an_object(&field) => {
                let id = Value::String(at.id_for(field.name()));
                request.set_field(
                    &field,
                    if field.is_list() {
                        Value::List(vec![id])
                    } else {
                        id
                    },
                );
                hit = true;
            }
            Kind::String if field.name() == "request_id" => {
                request.set_field(&field, Value::String(company::request_id()));
            }
            Kind::String if field.name() == "etag" => {
                request.set_field(&field, Value::String(at.etag_of(&rpc.method)));
            }
            Kind::Message(inner) if inner.full_name() == "google.protobuf.FieldMask" => {
                let mut mask = DynamicMessage::new(inner);
                let path = Value::String(at.changeable(&rpc.method).to_owned());
                mask.set_field_by_name("paths", Value::List(vec![path]));
                request.set_field(&field, Value::Message(mask));
            }
            Kind::Message(inner) if !field.is_list() && rpc.method.name().starts_with("Update") => {
                // The neighbour's own object, as they see it: nothing about it
                // is wrong but who sends it.
                request.set_field(&field, Value::Message(at.resource(inner)?));
                hit = true;
            }
            _ => at.complete(&mut request, &field),
        }
    }
    hit.then_some(request)
}

fn is_hidden(status: &Status) -> bool {
    status.code() == Code::NotFound && info(status).is_some()
}

#[test]
fn a_neighbours_objects_are_not_found_and_do_not_change() {
    tell(async |world| {
        let neighbour = Neighbour::settle(world).await;
        let stranger = neighbour::stranger(world).await;
        let before = neighbour.everything().await;
        let aimed: Vec<(Rpc, DynamicMessage)> = rpcs()
            .into_iter()
            .filter(|rpc| !rpc.policy.is_open() && rpc.policy.scope() != Scope::Platform)
            .filter_map(|rpc| aimed(&rpc, &neighbour).map(|request| (rpc, request)))
            .collect();
        assert!(aimed.len() > 40, "only {} RPCs take ids", aimed.len());

        let wrong: Vec<String> = stream::iter(aimed)
            .map(|(rpc, request)| {
                let (stranger, neighbour) = (&stranger, &neighbour);
                async move {
                    let call = Call::new().bearer(stranger).body(request.encode_to_vec());
                    match call.to(&rpc.address(world), rpc.path).await {
                        Err(status) if is_hidden(&status) => None,
                        Err(status) if is_filter(&rpc) => Some(format!("{}: {status:?}", rpc.path)),
                        Err(status) => {
                            let (code, reason) = (status.code(), reason(&status));
                            let fields = tonic_types::StatusExt::get_details_bad_request(&status);
                            Some(format!(
                                "{}: {code:?} {reason} {fields:?} for {request}",
                                rpc.path
                            ))
                        }
                        Ok(answer) if is_filter(&rpc) => neighbour.leak_in(&rpc, &answer),
                        Ok(_) => Some(format!("{}: OK for {request}", rpc.path)),
                    }
                }
            })
            .buffer_unordered(AT_ONCE)
            .filter_map(async |wrong| wrong)
            .collect()
            .await;
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert_eq!(
            neighbour.everything().await,
            before,
            "nothing of the neighbour's has changed"
        );
    });
}

#[test]
fn nothing_leads_into_a_neighbours_company() {
    tell(async |world| {
        let neighbour = Neighbour::settle(world).await;
        let before = neighbour.everything().await;
        for (what, answer) in neighbour::break_ins(world, &neighbour).await {
            let status = answer.err().unwrap_or_else(|| panic!("{what} is let in"));
            let refused = [
                Code::NotFound,
                Code::FailedPrecondition,
                Code::InvalidArgument,
            ]
            .contains(&status.code());
            assert!(refused && info(&status).is_some(), "{what}: {status:?}");
        }
        assert_eq!(
            neighbour.everything().await,
            before,
            "nothing of the neighbour's has changed"
        );
    });
}
