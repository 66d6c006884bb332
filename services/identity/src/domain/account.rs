//! A company: the tenant (ID-1).

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use ids::{AccountId, UserId};

use super::{factor::FactorPolicy, line::Name, sharing};

/// A company. It has exactly one owner at all times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Which, for ever.
    pub id: AccountId,
    /// What can be edited.
    pub settings: Settings,
    /// Whether it may use the mesh.
    pub state: AccountState,
    /// The superadministrator.
    pub owner: UserId,
    /// When it was created.
    pub created: DateTime<Utc>,
    /// When anything about it changed last.
    pub updated: DateTime<Utc>,
    /// Counts the changes; what an etag is made of.
    pub version: i64,
}

/// What the owner may write about the company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What it is called.
    pub display_name: Name,
    /// Where its clocks hang.
    pub time_zone: Tz,
    /// How its national numbers are read.
    pub country: Country,
    /// How many people may be INVITED or ACTIVE.
    pub seats: u32,
    /// Who must have a second factor.
    pub second_factor: FactorPolicy,
    /// What is done about shared identities.
    pub sharing: sharing::Policy,
}

/// Whether a company may use the mesh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// Normal.
    Active,
    /// Nobody signs in.
    Suspended,
}

/// The company's state does not allow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not possible while {}", .from.name())]
pub struct InvalidAccountTransition {
    /// Where the company stands.
    pub from: AccountState,
}

impl AccountState {
    /// The name in the API, the database and the audit trail.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Suspended => "SUSPENDED",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Active, Self::Suspended]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

impl Account {
    /// A new company with its owner.
    #[must_use]
    pub fn founded(id: AccountId, owner: UserId, settings: Settings, now: DateTime<Utc>) -> Self {
        Self {
            id,
            settings,
            state: AccountState::Active,
            owner,
            created: now,
            updated: now,
            version: 1,
        }
    }

    /// Nobody signs in from now on.
    pub fn suspend(self, now: DateTime<Utc>) -> Result<Self, InvalidAccountTransition> {
        self.step(AccountState::Active, AccountState::Suspended, now)
    }

    /// As before the suspension.
    pub fn resume(self, now: DateTime<Utc>) -> Result<Self, InvalidAccountTransition> {
        self.step(AccountState::Suspended, AccountState::Active, now)
    }

    /// Somebody else answers for the company: exactly one person at all times.
    #[must_use]
    pub fn transfer(self, owner: UserId, now: DateTime<Utc>) -> Self {
        Self {
            owner,
            updated: now,
            version: self.version + 1,
            ..self
        }
    }

    fn step(
        self,
        from: AccountState,
        to: AccountState,
        now: DateTime<Utc>,
    ) -> Result<Self, InvalidAccountTransition> {
        if self.state != from {
            return Err(InvalidAccountTransition { from: self.state });
        }
        Ok(Self {
            state: to,
            updated: now,
            version: self.version + 1,
            ..self
        })
    }

    /// Names this version of the company; sent back by whoever edits it.
    #[must_use]
    pub fn etag(&self) -> String {
        self.version.to_string()
    }

    /// The company with other settings. Seats are checked where usage is known.
    #[must_use]
    pub fn edit(self, settings: Settings, now: DateTime<Utc>) -> Self {
        Self {
            settings,
            updated: now,
            version: self.version + 1,
            ..self
        }
    }
}

/// An ISO 3166-1 alpha-2 country whose numbering plan is known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Country(phonenumber::country::Id);

/// Not a country we can read numbers of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an upper-case ISO 3166-1 alpha-2 country code such as US")]
pub struct CountryError;

impl FromStr for Country {
    type Err = CountryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| CountryError)
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_ref())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_company_is_suspended_once_and_resumed_once() {
        let settings = Settings {
            display_name: "Acme".parse().unwrap(),
            time_zone: Tz::UTC,
            country: "US".parse().unwrap(),
            seats: 1,
            second_factor: FactorPolicy::default(),
            sharing: sharing::Policy::default(),
        };
        let now = DateTime::UNIX_EPOCH;
        let account = Account::founded(AccountId::generate(), UserId::generate(), settings, now);
        let refused = |from| Err(InvalidAccountTransition { from });
        assert_eq!(account.clone().resume(now), refused(AccountState::Active));
        let suspended = account.suspend(now).unwrap();
        assert_eq!(
            suspended.clone().suspend(now),
            refused(AccountState::Suspended)
        );
        assert_eq!(suspended.resume(now).unwrap().version, 3);
    }

    #[test]
    fn countries_are_upper_case_codes_we_can_dial() {
        for good in ["US", "DE", "GB", "JP"] {
            assert_eq!(
                good.parse::<Country>().map(|country| country.to_string()),
                Ok(good.to_owned())
            );
        }
        for bad in ["", "us", "USA", "XX", "U", "U\0"] {
            assert_eq!(bad.parse::<Country>(), Err(CountryError), "{bad:?}");
        }
    }
}
