//! A person and their life in the company (ID-2).

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use ids::{AccountId, ExtensionId, MenuId, QueueId, RingGroupId, UserId};

use super::{
    email::Email,
    line::{Label, Name},
};

/// A person. The id outlives them; nothing is ever deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their company.
    pub account: AccountId,
    /// Who, for ever.
    pub id: UserId,
    /// First name.
    pub first_name: Name,
    /// Last name.
    pub last_name: Name,
    /// The login.
    pub email: Email,
    /// What they do; may be empty.
    pub job_title: Label,
    /// Where they stand.
    pub state: UserState,
    /// When they were invited.
    pub created: DateTime<Utc>,
    /// When anything about them changed last.
    pub updated: DateTime<Utc>,
    /// Counts the changes; what an etag is made of.
    pub version: i64,
}

/// `INVITED → ACTIVE ⇄ SUSPENDED → DEACTIVATED`; anybody can be deactivated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserState {
    /// Has a seat and an invitation, but no password yet.
    Invited,
    /// Signs in and is reached.
    Active,
    /// Neither, until resumed. Gives the seat back.
    Suspended,
    /// Left for good.
    Deactivated,
}

/// The person's state does not allow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not possible while {}", .from.name())]
pub struct InvalidTransition {
    /// Where the person stands.
    pub from: UserState,
}

impl UserState {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 4] = [
        Self::Invited,
        Self::Active,
        Self::Suspended,
        Self::Deactivated,
    ];

    /// The name in the API, the database and the audit trail.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invited => "INVITED",
            Self::Active => "ACTIVE",
            Self::Suspended => "SUSPENDED",
            Self::Deactivated => "DEACTIVATED",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether somebody in this state takes a seat of the plan.
    #[must_use]
    pub const fn takes_seat(self) -> bool {
        matches!(self, Self::Invited | Self::Active)
    }
}

impl User {
    /// Somebody new, with an invitation to come.
    #[must_use]
    pub fn invited(account: AccountId, id: UserId, profile: Profile, now: DateTime<Utc>) -> Self {
        let Profile {
            first_name,
            last_name,
            email,
            job_title,
        } = profile;
        let state = UserState::Invited;
        Self {
            account,
            id,
            first_name,
            last_name,
            email,
            job_title,
            state,
            created: now,
            updated: now,
            version: 1,
        }
    }

    /// Has set a password.
    pub fn accept(self, now: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        self.step(&[UserState::Invited], UserState::Active, now)
    }

    /// Neither signs in nor is reached from now on.
    pub fn suspend(self, now: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        self.step(&[UserState::Active], UserState::Suspended, now)
    }

    /// As before the suspension.
    pub fn resume(self, now: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        self.step(&[UserState::Suspended], UserState::Active, now)
    }

    /// Leaves for good.
    pub fn deactivate(self, now: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        let from = [UserState::Invited, UserState::Active, UserState::Suspended];
        self.step(&from, UserState::Deactivated, now)
    }

    /// Is called something else or does something else. Whoever has left keeps the name under
    /// which the history knows them.
    pub fn edit(self, profile: Profile, now: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        if self.state == UserState::Deactivated {
            return Err(InvalidTransition { from: self.state });
        }
        let Profile {
            first_name,
            last_name,
            email,
            job_title,
        } = profile;
        Ok(Self {
            first_name,
            last_name,
            email,
            job_title,
            ..self
        }
        .touched(now))
    }

    /// Changed in a way that shows elsewhere, such as a role granted.
    #[must_use]
    pub fn touched(self, now: DateTime<Utc>) -> Self {
        Self {
            updated: now,
            version: self.version + 1,
            ..self
        }
    }

    /// Names this version of the person; sent back by whoever edits it.
    #[must_use]
    pub fn etag(&self) -> String {
        self.version.to_string()
    }

    /// What can be edited, as it stands.
    #[must_use]
    pub fn profile(&self) -> Profile {
        Profile {
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            email: self.email.clone(),
            job_title: self.job_title.clone(),
        }
    }

    fn step(
        self,
        from: &[UserState],
        to: UserState,
        now: DateTime<Utc>,
    ) -> Result<Self, InvalidTransition> {
        if from.contains(&self.state) {
            Ok(Self { state: to, ..self }.touched(now))
        } else {
            Err(InvalidTransition { from: self.state })
        }
    }
}

/// What others may write about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// First name.
    pub first_name: Name,
    /// Last name.
    pub last_name: Name,
    /// The login.
    pub email: Email,
    /// What they do; may be empty.
    pub job_title: Label,
}

/// What takes over the numbers of somebody who is not to be reached: an extension, ring group,
/// queue or menu. An id and nothing more here: directory knows whether there is such a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heir {
    /// A colleague.
    Extension(ExtensionId),
    /// Several.
    RingGroup(RingGroupId),
    /// A waiting line.
    Queue(QueueId),
    /// A menu.
    Menu(MenuId),
}

/// Not the id of something that takes numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the id of an extension, ring group, queue or menu, or empty")]
pub struct HeirError;

impl FromStr for Heir {
    type Err = HeirError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        None.or_else(|| text.parse().map(Self::Extension).ok())
            .or_else(|| text.parse().map(Self::RingGroup).ok())
            .or_else(|| text.parse().map(Self::Queue).ok())
            .or_else(|| text.parse().map(Self::Menu).ok())
            .ok_or(HeirError)
    }
}

impl fmt::Display for Heir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Extension(id) => id.fmt(f),
            Self::RingGroup(id) => id.fmt(f),
            Self::Queue(id) => id.fmt(f),
            Self::Menu(id) => id.fmt(f),
        }
    }
}

#[cfg(test)]
#[path = "user_tests.rs"]
mod tests;
