//! What an application of a company signs in with (ID-8).

use std::{collections::BTreeSet, net::IpAddr};

use access::{Permission, permission, roles::Span};
use api::{
    access::v1::{Audience, Scope},
    policy,
};
use chrono::{DateTime, TimeDelta, Utc};
use ids::{AccountId, ServiceKeyId};
use subtle::{Choice, ConstantTimeEq};

use super::{grant::Roles, line::Name, network::Network};

/// How long a key lives unless somebody says otherwise.
pub const DEFAULT_LIFE: TimeDelta = TimeDelta::days(90);
/// How long a key may live at most; rotating it starts anew.
pub const MAX_LIFE: TimeDelta = TimeDelta::days(366);
/// How long the secret before the newest stays good unless somebody says otherwise.
pub const DEFAULT_OVERLAP: TimeDelta = TimeDelta::hours(24);
/// How long it may stay good at most.
pub const MAX_OVERLAP: TimeDelta = TimeDelta::days(7);
/// The most networks of one key.
pub const MAX_NETWORKS: usize = 20;
/// The most keys of an account that are in use at once.
pub const MAX_IN_USE: u64 = 100;
/// Uses within this time of the last one noted are not noted again.
pub const USE_NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// A key as stored: of its secrets only digests are kept.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceKey {
    /// The tenant.
    pub account: AccountId,
    /// Which.
    pub id: ServiceKeyId,
    /// The application.
    pub name: Name,
    /// What it may do, everywhere in the account.
    pub scopes: Scopes,
    /// From where it may be used; none means from anywhere.
    pub networks: Vec<Network>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created: DateTime<Utc>,
    /// When it ends by itself.
    pub expires: DateTime<Utc>,
    /// When somebody ended it.
    pub revoked: Option<DateTime<Utc>>,
    /// Digest of the newest secret.
    pub digest: [u8; 32],
    /// When that was made.
    pub rotated: DateTime<Utc>,
    /// Digest of the secret before it, and how long it stays good.
    pub former: Option<([u8; 32], DateTime<Utc>)>,
    /// The last use that was noted.
    pub last_use: Option<Use>,
}

/// When and from where a key was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// When.
    pub at: DateTime<Utc>,
    /// Truncated; empty for callers inside this process.
    pub network: String,
}

/// What a key may do: at least one permission, each once, and only such as a key can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes(Vec<Permission>);

/// Not what a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidScopes {
    /// A key that may do nothing.
    #[error("must name at least one permission")]
    Empty,
    /// No method takes it from a service key of an account.
    #[error("{} cannot be given to a service key of an account", permission::name(*.0))]
    NotForKeys(Permission),
}

/// Somebody would give a key more than they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nobody gives a key, or sees the secret of one, that may do more than they: {}", permission::name(*.0))]
pub struct BeyondGiver(pub Permission);

/// The key was revoked or has expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the service key was revoked or has expired")]
pub struct KeyOver;

/// Why a key was not taken, for the audit trail of its account. The client hears one answer for
/// all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Not one of its secrets, or the former one after its time.
    Secret,
    /// Somebody ended it.
    Revoked,
    /// Its time is over.
    Expired,
    /// From outside its networks.
    Network,
}

impl Refused {
    /// The name in the audit trail.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Secret => "SECRET_WRONG",
            Self::Revoked => "REVOKED",
            Self::Expired => "EXPIRED",
            Self::Network => "NETWORK_FOREIGN",
        }
    }
}

impl Scopes {
    /// These permissions.
    pub fn new(permissions: impl IntoIterator<Item = Permission>) -> Result<Self, InvalidScopes> {
        let known = Self::known();
        // By number, so that two lists of the same permissions are the same.
        let asked: BTreeSet<i32> = permissions.into_iter().map(i32::from).collect();
        let asked = asked
            .into_iter()
            .filter_map(|number| number.try_into().ok());
        let scopes: Vec<Permission> = asked.collect();
        match scopes.iter().find(|scope| !known.contains(scope)) {
            Some(other) => Err(InvalidScopes::NotForKeys(*other)),
            None if scopes.is_empty() => Err(InvalidScopes::Empty),
            None => Ok(Self(scopes)),
        }
    }

    /// As stored. What no method takes any more stays, and does nothing.
    #[must_use]
    pub const fn stored(permissions: Vec<Permission>) -> Self {
        Self(permissions)
    }

    /// Sorted by number.
    #[must_use]
    pub fn as_slice(&self) -> &[Permission] {
        &self.0
    }

    /// What a key of an account can be given at all: what some method about the account takes
    /// from service keys. What belongs to persons, to the platform or to edges never is.
    fn known() -> Vec<Permission> {
        let methods = policy::TABLE.iter();
        methods
            .filter(|method| {
                method.scope() == Scope::Account
                    && method.admits(Audience::Service)
                    && !method.is_open()
            })
            .map(policy::Policy::permission)
            .filter(|permission| *permission != Permission::Unspecified)
            .collect()
    }

    /// Whether somebody with these roles may give them away. A key has no data of its own and
    /// no groups, so only what reaches the whole account can be given.
    pub fn within(&self, roles: &Roles) -> Result<(), BeyondGiver> {
        let beyond = self
            .0
            .iter()
            .find(|scope| roles.span(**scope) != Some(Span::Account));
        beyond.map_or(Ok(()), |scope| Err(BeyondGiver(*scope)))
    }
}

impl ServiceKey {
    /// Whether it can still be used.
    #[must_use]
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.revoked.is_none() && now < self.expires
    }

    /// Somebody comes from `address` with a secret of this digest.
    pub fn admit(
        &self,
        digest: &[u8; 32],
        address: Option<IpAddr>,
        now: DateTime<Utc>,
    ) -> Result<(), Refused> {
        let newest = self.digest.ct_eq(digest);
        let former = match &self.former {
            Some((former, until)) if now < *until => former.ct_eq(digest),
            _ => Choice::from(0_u8),
        };
        let near = self.networks.is_empty()
            || address.is_some_and(|address| {
                self.networks
                    .iter()
                    .any(|network| network.contains(address))
            });
        match () {
            () if !bool::from(newest | former) => Err(Refused::Secret),
            () if self.revoked.is_some() => Err(Refused::Revoked),
            () if now >= self.expires => Err(Refused::Expired),
            () if !near => Err(Refused::Network),
            () => Ok(()),
        }
    }

    /// With a new secret, beside which the one in use stays good for `overlap`.
    pub fn rotate(
        self,
        digest: [u8; 32],
        overlap: TimeDelta,
        expires: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Self, KeyOver> {
        if !self.is_live(now) {
            return Err(KeyOver);
        }
        let former = (overlap > TimeDelta::zero()).then(|| (self.digest, now + overlap));
        Ok(Self {
            digest,
            rotated: now,
            former,
            expires: expires.unwrap_or(self.expires),
            ..self
        })
    }

    /// Over for good, unless it was already. Nothing is kept that a secret could fit.
    #[must_use]
    pub fn revoke(self, now: DateTime<Utc>) -> Self {
        Self {
            revoked: self.revoked.or(Some(now)),
            former: None,
            ..self
        }
    }

    /// Whether a use now is worth noting.
    #[must_use]
    pub fn notes_use(&self, now: DateTime<Utc>) -> bool {
        let last = self.last_use.as_ref();
        last.is_none_or(|last| now - last.at >= USE_NOTED_EVERY)
    }
}

/// Names with spaces between, for the audit trail.
impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.0.iter().map(|it| permission::name(*it)).collect();
        f.write_str(&names.join(" "))
    }
}

/// Never the digests: they are what a copy of the database would be compared with.
impl std::fmt::Debug for ServiceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceKey")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("expires", &self.expires)
            .field("revoked", &self.revoked)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "service_key_tests.rs"]
mod tests;
