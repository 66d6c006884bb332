//! Roles that a company makes for itself: named sets of permissions (ID-6).
//!
//! They are referenced live: whoever holds one may do what it says now. Nobody makes, changes or
//! grants one that may do more than they, before or after the change; so there is no way round
//! the rules of [`grant`](super::grant).

use std::collections::BTreeMap;

use access::{
    Covers, Permission, permission,
    roles::{self, ROLES, Role, Span},
};
use chrono::{DateTime, Utc};
use ids::{AccountId, RoleId, UserId};

use super::line::Name;

/// The most roles of one company.
pub const MAX_ROLES: u64 = 100;
/// The most of them that one person holds: what they may do travels in every token of theirs.
pub const MAX_HELD: usize = 5;

/// A role of a company's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomRole {
    /// The tenant.
    pub account: AccountId,
    /// Which.
    pub id: RoleId,
    /// What it is called.
    pub name: Name,
    /// What it may do.
    pub reaches: Reaches,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// When it was last changed.
    pub updated: DateTime<Utc>,
    /// Counts the changes.
    pub version: i64,
}

/// A role of the company held by a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomGrant {
    /// Who holds it.
    pub user: UserId,
    /// What they hold.
    pub role: RoleId,
    /// What its permissions that are bound to things cover.
    pub covers: Covers,
    /// Who granted it.
    pub granted_by: String,
    /// Since when.
    pub granted: DateTime<Utc>,
}

/// Permissions, each with how far it reaches; at least one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reaches(BTreeMap<i32, Span>);

/// Not what a role can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReaches {
    /// A role that may do nothing.
    #[error("must name at least one permission")]
    Empty,
    /// Twice the same permission.
    #[error("names {} twice", permission::name(*.0))]
    Twice(Permission),
    /// It belongs to the owner, the platform or an edge, or does not reach that far for anybody.
    #[error("{} cannot be in a role, or does not have this reach", permission::name(*.0))]
    NotForRoles(Permission),
}

/// How a permission may reach in a role of a company's own, from the narrowest on.
#[must_use]
pub fn possible(permission: Permission) -> Vec<Span> {
    let spans = ROLES.map(|role| roles::span(role, permission));
    // What only the owner may, stays the owner's.
    let Some(widest) = roles::span(Role::Admin, permission) else {
        return Vec::new();
    };
    let all = [Span::Own, Span::Groups, Span::Account].into_iter();
    all.filter(|span| *span == widest || spans.contains(&Some(*span)))
        .collect()
}

impl Reaches {
    /// These permissions.
    pub fn new(all: impl IntoIterator<Item = (Permission, Span)>) -> Result<Self, InvalidReaches> {
        let mut reaches = BTreeMap::new();
        for (permission, span) in all {
            if !possible(permission).contains(&span) {
                return Err(InvalidReaches::NotForRoles(permission));
            }
            if reaches.insert(i32::from(permission), span).is_some() {
                return Err(InvalidReaches::Twice(permission));
            }
        }
        match reaches.is_empty() {
            true => Err(InvalidReaches::Empty),
            false => Ok(Self(reaches)),
        }
    }

    /// As stored.
    #[must_use]
    pub fn stored(all: Vec<(Permission, Span)>) -> Self {
        let all = all.into_iter();
        Self(all.map(|(it, span)| (i32::from(it), span)).collect())
    }

    /// By number of the permission.
    pub fn iter(&self) -> impl Iterator<Item = (Permission, Span)> {
        let all = self.0.iter();
        all.filter_map(|(number, span)| Some((Permission::try_from(*number).ok()?, *span)))
    }

    /// Those that reach exactly this far.
    pub fn reaching(&self, span: Span) -> impl Iterator<Item = Permission> {
        self.iter()
            .filter(move |(_, reach)| *reach == span)
            .map(|(permission, _)| permission)
    }

    /// How far one of them reaches.
    #[must_use]
    pub fn span(&self, permission: Permission) -> Option<Span> {
        self.0.get(&i32::from(permission)).copied()
    }

    /// Whether a grant of it must say what it covers.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.0.values().any(|span| *span == Span::Groups)
    }
}

/// `QUEUES_MANAGE account, CALLS_READ groups`, for the audit trail.
impl std::fmt::Display for Reaches {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, (permission, span)) in self.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            let reach = span_name(span);
            write!(f, "{comma}{} {reach}", permission::name(permission))?;
        }
        Ok(())
    }
}

/// The name of a reach in the database and the audit trail.
#[must_use]
pub const fn span_name(span: Span) -> &'static str {
    match span {
        Span::Own => "own",
        Span::Groups => "groups",
        Span::Account => "account",
    }
}

/// The reach with this name.
#[must_use]
pub fn span_named(name: &str) -> Option<Span> {
    let all = [Span::Own, Span::Groups, Span::Account].into_iter();
    all.into_iter().find(|span| span_name(*span) == name)
}

impl CustomRole {
    /// Changes with every write.
    #[must_use]
    pub fn etag(&self) -> String {
        self.version.to_string()
    }

    /// The next version of it.
    #[must_use]
    pub fn edit(self, name: Option<Name>, reaches: Option<Reaches>, now: DateTime<Utc>) -> Self {
        Self {
            name: name.unwrap_or(self.name),
            reaches: reaches.unwrap_or(self.reaches),
            updated: now,
            version: self.version + 1,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_owners_or_a_machines_is_in_no_role() {
        use Permission as P;
        for permission in [
            P::OwnershipTransfer,
            P::AccountsCreate,
            P::PlansRead,
            P::FloorManage,
            P::EdgeReport,
            P::Unspecified,
        ] {
            assert_eq!(
                Reaches::new([(permission, Span::Own)]),
                Err(InvalidReaches::NotForRoles(permission))
            );
        }
    }

    #[test]
    fn a_permission_reaches_as_it_does_for_somebody() {
        use Permission as P;
        assert_eq!(possible(P::QueuesManage), [Span::Account]);
        assert_eq!(possible(P::SessionsOwn), [Span::Own]);
        assert_eq!(
            possible(P::CallRecordsRead),
            [Span::Own, Span::Groups, Span::Account]
        );
        assert!(Reaches::new([(P::QueuesManage, Span::Groups)]).is_err());
        assert_eq!(Reaches::new([]), Err(InvalidReaches::Empty));
        let twice = [(P::CallsRead, Span::Own), (P::CallsRead, Span::Account)];
        assert_eq!(
            Reaches::new(twice),
            Err(InvalidReaches::Twice(P::CallsRead))
        );
        for span in [Span::Own, Span::Groups, Span::Account] {
            assert_eq!(span_named(span_name(span)), Some(span));
        }
    }
}
