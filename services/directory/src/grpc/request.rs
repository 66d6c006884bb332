//! What every request brings.

use access::{Caller, Permission, Role};
use api::access::v1::ErrorReason as Shared;
use fault::{At, Fault, Violations};
use ids::AccountId;
use rpc::OnBehalf;
use serde::{Serialize, de::DeserializeOwned};
use store::{
    page::{Page, Sizes},
    replay::Attempt,
};
use tonic::{Request, Status};

use crate::{
    app::caller::{Intent, Origin, Reader, Sight, Splitter},
    error::Error,
};

const SIZES: Sizes = Sizes {
    default: 100,
    max: 1000,
};

/// Somebody who reads.
pub(super) fn reader<Q>(request: &Request<Q>) -> Result<Reader, Status> {
    let caller = rpc::caller(request)?;
    let reach = caller.reach(Permission::DirectoryRead);
    Ok(Reader {
        account: caller.account_id()?,
        sight: Sight::new(&reach, caller.subject),
    })
}

/// Somebody who is about to change something.
pub(super) struct Author {
    caller: Caller,
    account: AccountId,
    network: String,
    on_behalf: OnBehalf,
}

impl Author {
    /// Of this request.
    pub(super) fn of<Q>(request: &Request<Q>) -> Result<Self, Status> {
        let caller = rpc::caller(request)?;
        Ok(Self {
            caller: caller.clone(),
            account: caller.account_id()?,
            network: rpc::network(request, &[]),
            on_behalf: rpc::on_behalf(request)?,
        })
    }

    /// Somebody who splits people, which takes the sight of all.
    pub(super) fn splitter(&self, permission: Permission) -> Result<Splitter, Status> {
        let reach = self.caller.reach(permission);
        if Sight::new(&reach, self.caller.subject) != Sight::Everything {
            return Err(Error::PermissionMissing(permission).into());
        }
        Ok(Splitter {
            account: self.account,
            owner: self.caller.grants.roles.contains(&Role::Owner),
            on_behalf: self.on_behalf.clone(),
        })
    }

    /// What they want, recognisable when it is repeated.
    pub(super) fn intent(
        self,
        permission: Permission,
        method: &'static str,
        request_id: &str,
        message: &impl prost::Message,
    ) -> Result<Intent, Status> {
        let request_id = field("request_id", request_id)?;
        let actor = self.caller.subject;
        Ok(Intent {
            account: self.account,
            permission,
            sight: Sight::new(&self.caller.reach(permission), actor),
            attempt: Attempt::new(self.account, actor, method, request_id, message),
            origin: Origin {
                actor: actor.to_string(),
                network: self.network,
                cause: None,
            },
            on_behalf: self.on_behalf,
        })
    }
}

/// The page that a list asks for. `filter` is what narrows it beside the account.
pub(super) fn page<C: Serialize + DeserializeOwned>(
    reader: &Reader,
    method: &'static str,
    size: i32,
    token: &str,
    filter: &str,
) -> Result<Page<C>, Status> {
    let account = reader.account.uuid();
    let page = Page::read(
        size,
        token,
        SIZES,
        &[method.as_bytes(), account.as_bytes(), filter.as_bytes()],
    );
    Ok(page.map_err(Fault::from)?)
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
    Fault::field(Shared::FieldsInvalid, name, description).into()
}
