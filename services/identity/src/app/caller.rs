//! Who asks, and whether they still may.

use ::store::Transaction;
use access::{Permission, roles};
use ids::{AccountId, SessionId, UserId};

use crate::{
    domain::{grant::Roles, user::UserState},
    error::Error,
    store,
};

/// Where a request comes from, for the audit trail.
#[derive(Debug, Clone)]
pub struct Origin {
    /// `usr_…` or `key_…`; empty for nobody known.
    pub actor: String,
    /// Truncated; empty for internal callers.
    pub network: String,
}

/// A signed-in person who asks for something in their account.
#[derive(Debug, Clone)]
pub struct Person {
    /// The tenant.
    pub account: AccountId,
    /// Who.
    pub user: UserId,
    /// The session they use.
    pub session: Option<SessionId>,
    /// For the audit trail.
    pub origin: Origin,
}

impl Person {
    /// Their roles as they stand now, if these still include `permission` for the whole account.
    ///
    /// A token may be five minutes old. That is good enough to read with, but whoever lost a
    /// role must not use the last minutes to hand it on.
    pub async fn acting(&self, tx: &Transaction, permission: Permission) -> Result<Roles, Error> {
        let user = store::user::find(tx, self.account, self.user).await?;
        if user.is_none_or(|user| user.state != UserState::Active) {
            return Err(Error::CallerGone);
        }
        let roles = store::grant::roles(tx, self.account, self.user).await?;
        let widest = roles
            .as_slice()
            .iter()
            .filter_map(|role| roles::span(*role, permission))
            .max();
        match widest {
            Some(roles::Span::Account) => Ok(roles),
            _ => Err(Error::PermissionMissing(permission)),
        }
    }
}
