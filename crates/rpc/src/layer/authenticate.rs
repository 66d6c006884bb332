//! Who calls: exactly one bearer token, verified locally and not revoked.

use std::sync::Arc;

use access::{Caller, Rejected, Verifier};
use api::policy::Policy;
use fault::Fault;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Request, Response};
use tonic::Status;
use tonic::body::Body;
use tracing::Span;

use super::{Handler, Next, Step, refuse};
use crate::body::end_at;
use crate::caller::OnBehalf;
use crate::client::keys::Keys;
use crate::method::Method;
use crate::revocations::Revocations;

#[derive(Clone)]
pub(crate) struct Authenticate {
    pub(crate) verifier: Verifier,
    pub(crate) keys: Option<Keys>,
    pub(crate) revocations: Option<Revocations>,
}

impl Step for Authenticate {
    async fn handle<S: Handler>(
        &self,
        mut request: Request<Body>,
        next: Next<S>,
    ) -> Response<Body> {
        let method = Method::of(&request);
        // What has no policy is denied by the next layer, token or not.
        let Some(policy) = method.policy() else {
            return next.run(request).await;
        };
        let verified = match bearer(request.headers()) {
            Ok(token) => self.verify(token, policy).await,
            Err(fault) => Err(fault),
        };
        // Nobody behind this point may see the token, let alone log it. It can
        // be passed on.
        let token = request.headers_mut().remove(AUTHORIZATION);
        let caller = match verified {
            Ok(caller) => caller,
            // An open method ignores a token that has become invalid: that is
            // exactly what somebody has who comes to sign in again.
            Err(_) if policy.is_open() => return next.run(request).await,
            Err(fault) => return refuse(fault),
        };
        let span = Span::current();
        if let Some(account) = caller.account {
            span.record(
                telemetry::attributes::ACCOUNT,
                tracing::field::display(account),
            );
        }
        span.record(
            telemetry::attributes::SUBJECT,
            tracing::field::display(caller.subject),
        );
        // From what somebody does to how they signed in.
        if let Some(signed_in) = &caller.signed_in {
            telemetry::propagation::link(&span, signed_in);
        }
        request.extensions_mut().insert(caller.clone());
        if let Some(token) = token.and_then(|token| token.as_bytes().try_into().ok()) {
            request.extensions_mut().insert(OnBehalf::new(token));
        }
        let response = next.run(request).await;
        if !method.streams() {
            return response;
        }
        let left = self.verifier.time_left(caller.expires);
        let revocations = self.revocations.clone();
        end_at(response, async move {
            let revoked = async {
                match revocations {
                    Some(revocations) => revocations.revoked(&caller).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = tokio::time::sleep(left) => Status::from(Fault::from(Rejected::Expired)),
                () = revoked => Status::from(access::token_revoked()),
            }
        })
    }
}

impl Authenticate {
    async fn verify(&self, token: &str, policy: &Policy) -> Result<Arc<Caller>, Fault> {
        let caller = self.signed(token).await?;
        if let Some(revocations) = &self.revocations {
            revocations.check(&caller, policy)?;
        }
        Ok(caller)
    }

    async fn signed(&self, token: &str) -> Result<Arc<Caller>, Fault> {
        match (self.verifier.verify(token), &self.keys) {
            (Err(Rejected::UnknownKey), Some(keys)) => {
                // A new key may be minutes old. Fetching is rate-limited, so
                // tokens with made-up keys cannot turn into a storm.
                keys.refetch().await;
                self.verifier.verify(token).map_err(Into::into)
            }
            (verified, _) => verified.map_err(Into::into),
        }
    }
}

/// The token of the one `authorization` header. Two are refused: whoever
/// checked the first may not be whoever used the second.
fn bearer(headers: &HeaderMap) -> Result<&str, Fault> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(access::token_missing());
    };
    let (scheme, token) = value
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or_else(access::token_missing)?;
    match scheme.eq_ignore_ascii_case("bearer") {
        true => Ok(token),
        false => Err(access::token_missing()),
    }
}
