use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use access::{
    Caller,
    network::{Network, client, truncated},
};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::{Request, Status};

/// Who calls. The layers have verified and authorized them.
///
/// # Errors
/// `UNAUTHENTICATED` when there is none, which only open methods can see.
pub fn caller<T>(request: &Request<T>) -> Result<&Caller, Status> {
    optional_caller(request).ok_or_else(|| access::token_missing().into())
}

/// Who calls, in a method that needs no token.
pub fn optional_caller<T>(request: &Request<T>) -> Option<&Caller> {
    request.extensions().get::<Arc<Caller>>().map(AsRef::as_ref)
}

/// The address of the client, as far as the `trusted` proxies say; none for a caller in this
/// process. To decide with, never to keep.
pub fn address<T>(request: &Request<T>, trusted: &[Network]) -> Option<IpAddr> {
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
pub fn network<T>(request: &Request<T>, trusted: &[Network]) -> String {
    address(request, trusted).map(truncated).unwrap_or_default()
}

/// The caller's own token, to ask another service on their behalf. It can be
/// passed on and not be read.
#[derive(Clone)]
pub struct OnBehalf(pub(crate) MetadataValue<Ascii>);

impl OnBehalf {
    /// A request to another service that the caller makes through us: it may
    /// tell us what it would tell them, and nothing more.
    pub fn ask<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request
            .metadata_mut()
            .insert("authorization", self.0.clone());
        request
    }
}

impl fmt::Debug for OnBehalf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnBehalf(…)")
    }
}

/// The right of the caller, to be passed on.
///
/// # Errors
/// `UNAUTHENTICATED` when there is none, which only open methods can see.
pub fn on_behalf<T>(request: &Request<T>) -> Result<OnBehalf, Status> {
    let found = request.extensions().get::<OnBehalf>().cloned();
    found.ok_or_else(|| access::token_missing().into())
}
