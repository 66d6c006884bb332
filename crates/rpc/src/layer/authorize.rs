//! May they: the method's policy against the caller. Default deny.

use std::sync::Arc;

use access::Caller;
use api::access::v1::ErrorReason;
use fault::Fault;
use http::{Request, Response};
use tonic::body::Body;

use super::{Handler, Next, Step, refuse};
use crate::method::Method;

#[derive(Debug, Clone)]
pub(crate) struct Authorize;

impl Step for Authorize {
    async fn handle<S: Handler>(&self, request: Request<Body>, next: Next<S>) -> Response<Body> {
        let allowed = match Method::of(&request) {
            Method::Exempt => Ok(()),
            Method::Governed(policy) => {
                let caller = request.extensions().get::<Arc<Caller>>();
                access::authorize(policy, caller.map(AsRef::as_ref))
            }
            Method::Unknown => Err(Fault::denied(
                ErrorReason::PolicyMissing,
                "there is no such method, or nobody may call it",
            )),
        };
        match allowed {
            Ok(()) => next.run(request).await,
            Err(fault) => refuse(fault),
        }
    }
}
