//! Who may give whom which role (ID-6).
//!
//! Two rules hold the line. *Cover*: what somebody hands out, or could take over by changing a
//! login, never exceeds what they hold. *Rank*: only the owner makes an administrator or
//! touches one, and nobody but the owner touches the owner.

use std::{fmt, str::FromStr};

use access::{
    Permission,
    roles::{self, ROLES, Role, Span},
};
use chrono::{DateTime, Utc};
use ids::{GroupId, MenuId, QueueId, RingGroupId, UserId};

/// A role held by a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Who holds it.
    pub user: UserId,
    /// What they hold.
    pub role: Role,
    /// What a supervisor's role covers; sorted, without repeats, empty for other roles.
    pub covers: Vec<Covered>,
    /// Who granted it.
    pub granted_by: String,
    /// Since when.
    pub granted: DateTime<Utc>,
}

/// Something that a supervisor can be given to supervise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Covered {
    /// A group of people.
    Group(GroupId),
    /// A queue.
    Queue(QueueId),
    /// A ring group.
    RingGroup(RingGroupId),
    /// A menu.
    Menu(MenuId),
}

/// Not an id of something to supervise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the id of a group, queue, ring group or menu: grp_…, que_…, rgr_… or men_…")]
pub struct CoveredError;

impl FromStr for Covered {
    type Err = CoveredError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse()
            .map(Self::Group)
            .or_else(|_| text.parse().map(Self::Queue))
            .or_else(|_| text.parse().map(Self::RingGroup))
            .or_else(|_| text.parse().map(Self::Menu))
            .map_err(|_: ids::IdError| CoveredError)
    }
}

impl fmt::Display for Covered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(id) => id.fmt(f),
            Self::Queue(id) => id.fmt(f),
            Self::RingGroup(id) => id.fmt(f),
            Self::Menu(id) => id.fmt(f),
        }
    }
}

/// The roles of one person. Everybody holds `USER`, so it is never stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles(Vec<Role>);

/// What the rules do not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// Ownership is handed over, never granted or revoked.
    #[error("ownership is transferred, never granted or revoked")]
    Ownership,
    /// Somebody of this rank is changed by the owner alone.
    #[error("only the owner may do this to {0}")]
    Rank(Role),
    /// The role can do more than the one who grants it.
    #[error("nobody grants, or takes over, more than they hold")]
    Beyond(Role),
    /// Everybody holds it.
    #[error("everybody holds this role")]
    Everybody,
}

impl Forbidden {
    /// The role in question.
    #[must_use]
    pub const fn role(self) -> Role {
        match self {
            Self::Ownership => Role::Owner,
            Self::Rank(role) | Self::Beyond(role) => role,
            Self::Everybody => Role::User,
        }
    }
}

impl Roles {
    /// These roles and `USER`.
    #[must_use]
    pub fn new(held: impl IntoIterator<Item = Role>) -> Self {
        let held: Vec<Role> = held.into_iter().collect();
        let all = ROLES.into_iter();
        Self(
            all.filter(|role| *role == Role::User || held.contains(role))
                .collect(),
        )
    }

    /// From the widest to the narrowest.
    #[must_use]
    pub fn as_slice(&self) -> &[Role] {
        &self.0
    }

    /// Whether they hold it.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// How far they reach together; `None` if not at all.
    #[must_use]
    pub fn span(&self, permission: Permission) -> Option<Span> {
        let roles = self.0.iter();
        roles
            .filter_map(|role| roles::span(*role, permission))
            .max()
    }

    /// Whether `role` can do nothing, anywhere, that these roles together cannot.
    #[must_use]
    pub fn cover(&self, role: Role) -> bool {
        roles::MATRIX
            .iter()
            .all(|(permission, _)| roles::span(role, *permission) <= self.span(*permission))
    }

    /// May these roles grant `role` to, or revoke it from, somebody who holds `target`?
    pub fn may_grant(&self, role: Role, target: &Self) -> Result<(), Forbidden> {
        match role {
            Role::Owner => return Err(Forbidden::Ownership),
            Role::User => return Err(Forbidden::Everybody),
            Role::Admin if !self.has(Role::Owner) => return Err(Forbidden::Rank(Role::Admin)),
            _ => {}
        }
        self.may_manage(target)?;
        if self.cover(role) {
            Ok(())
        } else {
            Err(Forbidden::Beyond(role))
        }
    }

    /// May these roles suspend, resume, deactivate or rename somebody who holds `target`?
    pub fn may_manage(&self, target: &Self) -> Result<(), Forbidden> {
        if self.has(Role::Owner) {
            return Ok(());
        }
        match [Role::Owner, Role::Admin]
            .into_iter()
            .find(|rank| target.has(*rank))
        {
            Some(rank) => Err(Forbidden::Rank(rank)),
            None => Ok(()),
        }
    }

    /// May these roles do to somebody who holds `target` what would let them become that
    /// person: change the login, see an invitation?
    pub fn may_impersonate(&self, target: &Self) -> Result<(), Forbidden> {
        self.may_manage(target)?;
        match target.0.iter().find(|role| !self.cover(**role)) {
            Some(beyond) => Err(Forbidden::Beyond(*beyond)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
#[path = "grant_tests.rs"]
mod tests;
