use api::access::v1::{ErrorReason, Permission};
use chrono::{DateTime, Utc};
use fault::Fault;
use ids::{AccountId, EdgeId, ServiceKeyId, SessionId, UserId};

use crate::covered::Covers;
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

/// Roles, single permissions, and what a supervisor's role applies to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// Roles of a person; they add up.
    pub roles: Vec<Role>,
    /// Single permissions that reach the whole account: the scopes of a
    /// service key, or of custom roles.
    pub permissions: Vec<Permission>,
    /// Single permissions of custom roles that reach one's own data.
    pub own: Vec<Permission>,
    /// What the role SUPERVISOR covers.
    pub covers: Covers,
    /// Single permissions of custom roles that reach what the grant covers,
    /// grant by grant.
    pub limited: Vec<Limited>,
}

/// Permissions over some things and no others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limited {
    /// What one may do.
    pub permissions: Vec<Permission>,
    /// With what.
    pub covers: Covers,
}

/// How far a permission reaches. Ordered: each includes the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Nowhere: the permission is not held.
    None,
    /// The caller's own data.
    Own,
    /// The caller's own data and that of these queues, groups and menus.
    Groups(Covers),
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
        // Roles are roles *in an account*: without one they mean nothing.
        if self.is_platform() {
            return Reach::None;
        }
        let spans = self.grants.roles.iter();
        let widest = spans
            .filter_map(|role| roles::span(*role, permission))
            .max();
        if widest == Some(Span::Account) {
            return Reach::Account;
        }
        let supervises = widest == Some(Span::Groups);
        let limited = self.grants.limited.iter();
        let mut limited = limited
            .filter(|limited| limited.permissions.contains(&permission))
            .map(|limited| &limited.covers)
            .peekable();
        match (supervises, limited.peek().is_some()) {
            (true, false) => Reach::Groups(self.grants.covers.clone()),
            (false, false) if widest.is_some() || self.grants.own.contains(&permission) => {
                Reach::Own
            }
            (false, false) => Reach::None,
            (supervises, true) => {
                let role = supervises.then_some(&self.grants.covers);
                let all = role.into_iter().chain(limited);
                Reach::Groups(all.flat_map(Covers::as_slice).copied().collect())
            }
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
