//! What every request brings.

use access::Caller;
use api::access::v1::ErrorReason as Shared;
use fault::{At, Fault, Violations};
use ids::AccountId;
use serde::{Serialize, de::DeserializeOwned};
use store::{
    page::{Page, PageError, Sizes},
    replay::Attempt,
};
use tonic::{Request, Status};

use crate::{
    app::{audit::Origin, edit::Intent},
    domain::network,
    error::Error,
    peers::identity::Bearer,
};

const SIZES: Sizes = Sizes {
    default: 100,
    max: 1000,
};

/// The tenant of a caller who reads.
pub(super) fn tenant<Q>(request: &Request<Q>) -> Result<AccountId, Status> {
    Ok(rpc::caller(request)?.account_id()?)
}

/// Somebody who is about to change something.
pub(super) struct Author {
    caller: Caller,
    account: AccountId,
    network: String,
    bearer: Bearer,
}

impl Author {
    /// Of this request.
    pub(super) fn of<Q>(request: &Request<Q>) -> Result<Self, Status> {
        let caller = rpc::caller(request)?;
        let bearer = request
            .metadata()
            .get("authorization")
            .ok_or_else(access::token_missing)?;
        let address = request.remote_addr().map(|address| address.ip());
        Ok(Self {
            caller: caller.clone(),
            account: caller.account_id()?,
            network: address.map(network::truncated).unwrap_or_default(),
            bearer: bearer.clone(),
        })
    }

    /// What they want, recognisable when it is repeated.
    pub(super) fn intent(
        self,
        method: &'static str,
        request_id: &str,
        message: &impl prost::Message,
    ) -> Result<Intent, Status> {
        let request_id = field("request_id", request_id)?;
        let actor = self.caller.subject;
        Ok(Intent {
            account: self.account,
            attempt: Attempt::new(self.account, actor, method, request_id, message),
            origin: Origin {
                actor,
                network: self.network,
            },
            bearer: self.bearer,
        })
    }
}

/// The page that a list asks for. `filter` is what narrows it beside the account.
pub(super) fn page<C: Serialize + DeserializeOwned>(
    account: AccountId,
    method: &'static str,
    size: i32,
    token: &str,
    filter: &str,
) -> Result<Page<C>, Status> {
    let account = account.uuid();
    let page = Page::read(
        size,
        token,
        SIZES,
        &[method.as_bytes(), account.as_bytes(), filter.as_bytes()],
    );
    page.map_err(|error| match error {
        PageError::Size => invalid("page_size", error),
        PageError::Token => Error::PageToken.into(),
    })
}

/// A field that must be readable.
pub(super) fn field<T>(name: &str, text: &str) -> Result<T, Status>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    text.parse().map_err(|error| invalid(name, error))
}

/// The etag that the client has seen.
pub(super) fn etag(name: &str, text: String) -> Result<String, Status> {
    if text.is_empty() {
        Err(invalid(name, "must be the current etag"))
    } else {
        Ok(text)
    }
}

/// Reads several fields; says everything that is wrong with them.
pub(super) fn checked<T>(read: impl FnOnce(&mut At<'_>) -> Option<T>) -> Result<T, Status> {
    let mut violations = Violations::new();
    let found = read(&mut violations.root());
    Ok(violations.finish(Shared::FieldsInvalid, found)?)
}

/// One field is wrong.
pub(super) fn invalid(name: &str, description: impl std::fmt::Display) -> Status {
    let mut violations = Violations::new();
    violations.root().field(name, description);
    Fault::invalid(Shared::FieldsInvalid, violations).into()
}
