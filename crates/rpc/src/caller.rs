use std::sync::Arc;

use access::Caller;
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
