//! What every handler reads from a request besides its message.

use std::net::IpAddr;

use ::store::replay::Attempt;
use access::Caller;
use fault::{At, Fault};
use ids::RequestId;
use tonic::Request;

use crate::{
    app::caller::{Origin, Person},
    domain::network::{Network, client, truncated},
};

/// The address of the client; none for a caller in this process. To decide with, never to keep.
pub(super) fn address<T>(request: &Request<T>, trusted: &[Network]) -> Option<IpAddr> {
    let values = request.metadata().get_all("x-forwarded-for");
    // Several headers are one list (RFC 9110).
    let values: Vec<&str> = values
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let peer = request.remote_addr().map(|address| address.ip());
    peer.map(|peer| client(peer, &values.join(","), trusted))
}

/// The truncated network of the client; empty for a caller in this process.
pub(super) fn network<T>(request: &Request<T>, trusted: &[Network]) -> String {
    address(request, trusted).map(truncated).unwrap_or_default()
}

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
        network: network(request, trusted),
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
