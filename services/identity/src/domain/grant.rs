//! Who may give whom which role (ID-6).
//!
//! Two rules hold the line. *Cover*: what somebody hands out, or could take over by changing a
//! login, never exceeds what they hold. *Rank*: only the owner makes an administrator or
//! touches one, and nobody but the owner touches the owner.

use access::{
    Covered, Permission, permission,
    roles::{self, ROLES, Role, Span},
};
use chrono::{DateTime, Utc};
use ids::UserId;

use super::role::{CustomGrant, Reaches};

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

/// Every grant of one person, with what the company's own roles among them can do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holding {
    /// Those of the six.
    pub built_in: Vec<Grant>,
    /// Those of the company's own.
    pub custom: Vec<(CustomGrant, Reaches)>,
}

impl Holding {
    /// What it comes to.
    #[must_use]
    pub fn roles(&self) -> Roles {
        Roles::new(self.built_in.iter().map(|grant| grant.role))
            .with_custom(self.custom.iter().map(|(_, reaches)| reaches.clone()))
    }

    /// How many things the grants cover, all in all: what travels in a token.
    #[must_use]
    pub fn covered(&self) -> usize {
        let built_in = self.built_in.iter().map(|grant| grant.covers.len());
        let custom = self.custom.iter();
        let custom = custom.map(|(grant, _)| grant.covers.as_slice().len());
        built_in.chain(custom).sum()
    }
}

/// What one person holds: the six roles, and those of the company's own. Everybody holds `USER`,
/// so it is never stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles {
    built_in: Vec<Role>,
    custom: Vec<Reaches>,
}

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
    #[error("nobody grants, or takes over, more than they hold in the whole account")]
    Beyond(Role),
    /// A role of the company's own can do more than the one who makes, changes or grants it.
    #[error("nobody makes, changes, grants or takes over more than they hold in the whole account: {}", permission::name(*.0))]
    BeyondCustom(Permission),
    /// Everybody holds it.
    #[error("everybody holds this role")]
    Everybody,
}

impl Forbidden {
    /// The role in question, if it is one of the six.
    #[must_use]
    pub const fn role(self) -> Option<Role> {
        match self {
            Self::Ownership => Some(Role::Owner),
            Self::Rank(role) | Self::Beyond(role) => Some(role),
            Self::BeyondCustom(_) => None,
            Self::Everybody => Some(Role::User),
        }
    }

    /// The permission in question, if it is about one.
    #[must_use]
    pub const fn permission(self) -> Option<Permission> {
        match self {
            Self::BeyondCustom(permission) => Some(permission),
            Self::Ownership | Self::Rank(_) | Self::Beyond(_) | Self::Everybody => None,
        }
    }
}

impl Roles {
    /// These roles and `USER`.
    #[must_use]
    pub fn new(held: impl IntoIterator<Item = Role>) -> Self {
        let held: Vec<Role> = held.into_iter().collect();
        let all = ROLES.into_iter();
        Self {
            built_in: all
                .filter(|role| *role == Role::User || held.contains(role))
                .collect(),
            custom: Vec::new(),
        }
    }

    /// And these roles of the company's own.
    #[must_use]
    pub fn with_custom(self, custom: impl IntoIterator<Item = Reaches>) -> Self {
        Self {
            custom: custom.into_iter().collect(),
            ..self
        }
    }

    /// Those of the six, from the widest to the narrowest.
    #[must_use]
    pub fn as_slice(&self) -> &[Role] {
        &self.built_in
    }

    /// Whether they hold it.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.built_in.contains(&role)
    }

    /// How far they reach together; `None` if not at all.
    #[must_use]
    pub fn span(&self, permission: Permission) -> Option<Span> {
        let roles = self.built_in.iter();
        let roles = roles.map(|role| roles::span(*role, permission));
        let custom = self.custom.iter().map(|role| role.span(permission));
        roles.chain(custom).flatten().max()
    }

    /// Whether somebody with these roles may hand `span` of a permission to others. What is bound
    /// to things is handed out only by who has it in the whole account: nobody supervises one
    /// queue and makes themselves the supervisor of another.
    #[must_use]
    pub fn may_hand_out(&self, permission: Permission, span: Option<Span>) -> bool {
        let held = self.span(permission);
        match span {
            None => true,
            Some(Span::Own) => held.is_some(),
            Some(Span::Groups | Span::Account) => held == Some(Span::Account),
        }
    }

    /// Whether `role` can do nothing, anywhere, that these roles together cannot.
    #[must_use]
    pub fn cover(&self, role: Role) -> bool {
        roles::MATRIX
            .iter()
            .all(|(permission, _)| self.may_hand_out(*permission, roles::span(role, *permission)))
    }

    /// May these roles make, change or grant a role that can do this?
    pub fn cover_custom(&self, role: &Reaches) -> Result<(), Forbidden> {
        let mut all = role.iter();
        match all.find(|(permission, span)| !self.may_hand_out(*permission, Some(*span))) {
            Some((permission, _)) => Err(Forbidden::BeyondCustom(permission)),
            None => Ok(()),
        }
    }

    /// May these roles grant a role of the company's own to, or revoke it from, somebody who
    /// holds `target`?
    pub fn may_grant_custom(&self, role: &Reaches, target: &Self) -> Result<(), Forbidden> {
        self.may_manage(target)?;
        self.cover_custom(role)
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
        if let Some(beyond) = target.built_in.iter().find(|role| !self.cover(**role)) {
            return Err(Forbidden::Beyond(*beyond));
        }
        target
            .custom
            .iter()
            .try_for_each(|role| self.cover_custom(role))
    }
}

#[cfg(test)]
#[path = "grant_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "grant_closure_tests.rs"]
mod closure_tests;
