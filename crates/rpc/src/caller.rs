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

/// What a request is part of. Metadata, because it is no part of what is asked
/// for: a repeated request is the same request without it.
const PART_OF: &str = "strowger-part-of";

/// The larger operation that the caller says this is part of, `spl_…`: for the
/// audit trail, and never to decide with.
pub fn part_of<T>(request: &Request<T>) -> Option<&str> {
    request.metadata().get(PART_OF)?.to_str().ok()
}

/// The caller's own token, to ask another service on their behalf. It can be
/// passed on and not be read.
#[derive(Clone)]
pub struct OnBehalf {
    token: MetadataValue<Ascii>,
    part_of: Option<MetadataValue<Ascii>>,
}

impl OnBehalf {
    pub(crate) fn new(token: MetadataValue<Ascii>) -> Self {
        Self {
            token,
            part_of: None,
        }
    }

    /// The same, for what is part of a larger operation: the other service's
    /// audit trail names it. See [`part_of`].
    #[must_use]
    pub fn part_of(&self, operation: impl fmt::Display) -> Self {
        Self {
            part_of: operation.to_string().parse().ok(),
            ..self.clone()
        }
    }

    /// A request to another service that the caller makes through us: it may
    /// tell us what it would tell them, and nothing more.
    pub fn ask<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let metadata = request.metadata_mut();
        metadata.insert("authorization", self.token.clone());
        if let Some(operation) = &self.part_of {
            metadata.insert(PART_OF, operation.clone());
        }
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
