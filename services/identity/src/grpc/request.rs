//! What every handler reads from a request besides its message.

use ::store::replay::Attempt;
use access::Caller;
use fault::{At, Fault};
use ids::RequestId;
use tonic::Request;

use crate::{
    app::caller::{Origin, Person},
    domain::network::Network,
};

/// The person who calls, in their account.
pub(super) fn person<T>(
    request: &Request<T>,
    trusted: &[Network],
) -> Result<Person, tonic::Status> {
    let caller = rpc::caller(request)?;
    let user = caller.user_id()?;
    let origin = origin(caller, request, trusted);
    Ok(Person {
        account: caller.account_id()?,
        user,
        session: caller.session,
        origin,
    })
}

/// Anybody who calls, for the audit trail.
pub(super) fn origin<T>(caller: &Caller, request: &Request<T>, trusted: &[Network]) -> Origin {
    Origin {
        actor: caller.subject.to_string(),
        network: rpc::network(request, trusted),
        part_of: rpc::part_of(request).and_then(|split| split.parse().ok()),
    }
}

/// The request id of a change by `by`; `None` has been reported.
pub(super) fn attempt(
    at: &mut At<'_>,
    by: &Person,
    method: &'static str,
    request_id: &str,
    print: &impl prost::Message,
) -> Option<Attempt> {
    let id: RequestId = at.parse("request_id", request_id)?;
    Some(Attempt::new(by.account, by.user, method, id, print))
}

/// Turns a request into a command, or into everything that is wrong with it.
pub(super) fn check<T>(read: impl FnOnce(&mut At<'_>) -> Option<T>) -> Result<T, Fault> {
    let mut violations = fault::Violations::new();
    let made = read(&mut violations.root());
    violations.finish(api::access::v1::ErrorReason::FieldsInvalid, made)
}
