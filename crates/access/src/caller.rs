use std::sync::Arc;

use api::access::v1::{ErrorReason, Permission};
use chrono::{DateTime, Utc};
use fault::Fault;
use ids::{AccountId, EdgeId, GroupId, ServiceKeyId, SessionId, UserId};

use crate::revocation::Generations;
use crate::roles::{self, Role, Span};

/// Whoever is behind a verified token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The tenant. `None` for keys of the platform itself, which name an
    /// account in each request.
    pub account: Option<AccountId>,
    /// The person or machine that acts.
    pub subject: Subject,
    /// The sign-in behind a person's token.
    pub session: Option<SessionId>,
    /// What they were granted.
    pub grants: Grants,
    /// `traceparent` of the sign-in, to link a call's trace to it.
    pub signed_in: Option<String>,
    /// How often tokens like this one had been recalled when it was made.
    pub generations: Generations,
    /// When the token was made.
    pub issued: DateTime<Utc>,
    /// When the token ends; streams end with it.
    pub expires: DateTime<Utc>,
}

/// The person or machine that acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A signed-in person.
    User(UserId),
    /// A service with a service key.
    Service(ServiceKeyId),
    /// A telephony edge.
    Edge(EdgeId),
}

/// Roles, single permissions, and the groups a supervisor's roles apply to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// Roles of a person; they add up.
    pub roles: Vec<Role>,
    /// Single permissions: the scopes of a service key, or a custom role.
    pub permissions: Vec<Permission>,
    /// The groups granted to a supervisor.
    pub groups: Arc<[GroupId]>,
}

/// How far a permission reaches. Ordered: each includes the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Nowhere: the permission is not held.
    None,
    /// The caller's own data.
    Own,
    /// The caller's own data and that of these groups.
    Groups(Arc<[GroupId]>),
    /// Everything in the caller's account.
    Account,
    /// Every account; the request names one.
    Platform,
}

impl Caller {
    /// Whether this is a key of the platform, outside every account.
    pub fn is_platform(&self) -> bool {
        self.account.is_none()
    }

    /// The tenant that everything this caller does belongs to.
    ///
    /// # Errors
    /// `PERMISSION_DENIED` for platform keys, which have none.
    pub fn account_id(&self) -> Result<AccountId, Fault> {
        self.account.ok_or_else(|| {
            Fault::denied(
                ErrorReason::AudienceMismatch,
                "this method needs a caller who belongs to an account",
            )
        })
    }

    /// The person who calls.
    ///
    /// # Errors
    /// `PERMISSION_DENIED` for machines.
    pub fn user_id(&self) -> Result<UserId, Fault> {
        match self.subject {
            Subject::User(user) => Ok(user),
            Subject::Service(_) | Subject::Edge(_) => Err(Fault::denied(
                ErrorReason::AudienceMismatch,
                "this method is for people",
            )),
        }
    }

    /// The edge that calls.
    ///
    /// # Errors
    /// `PERMISSION_DENIED` for everybody else.
    pub fn edge_id(&self) -> Result<EdgeId, Fault> {
        match self.subject {
            Subject::Edge(edge) => Ok(edge),
            Subject::User(_) | Subject::Service(_) => Err(Fault::denied(
                ErrorReason::AudienceMismatch,
                "this method is for telephony edges",
            )),
        }
    }

    /// How far `permission` reaches for this caller; grants add up, the
    /// widest wins.
    pub fn reach(&self, permission: Permission) -> Reach {
        if permission == Permission::Unspecified {
            return Reach::None;
        }
        if self.grants.permissions.contains(&permission) {
            return match self.account {
                Some(_) => Reach::Account,
                None => Reach::Platform,
            };
        }
        let widest = self
            .grants
            .roles
            .iter()
            .filter_map(|role| roles::span(*role, permission))
            .max();
        match widest {
            // Roles are roles *in an account*: without one they mean nothing.
            _ if self.is_platform() => Reach::None,
            None => Reach::None,
            Some(Span::Own) => Reach::Own,
            Some(Span::Groups) => Reach::Groups(self.grants.groups.clone()),
            Some(Span::Account) => Reach::Account,
        }
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(id) => id.fmt(f),
            Self::Service(id) => id.fmt(f),
            Self::Edge(id) => id.fmt(f),
        }
    }
}
