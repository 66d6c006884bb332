//! Splitting an identity that several people share into people (ID-11).
//!
//! A split is a row of steps, each of which can be repeated ([`Split::next`]). What it would do to
//! an account is [`outlook`]; what its two writes do to the configuration is [`rewire`].
//!
//! Callers come first. Until the switch they reach the shared identity as before. From the switch
//! on they reach the successor, which rings the new people and still the shared identity: nobody
//! of those who have not accepted their invitation could be reached otherwise. Only when one of
//! the new people is ACTIVE may the shared identity go, unless somebody sends it away by hand.

pub mod outlook;
pub mod rewire;
pub mod said;
#[cfg(test)]
mod tests;

use std::{fmt, ops::RangeInclusive, str::FromStr};

use chrono::{DateTime, Utc};
use ids::{ExtensionId, SplitId, UserId};

use super::{
    extension::ShortNumber,
    line::{Label, Name},
    queue::QueueStrategy,
    ring_group::RingStrategy,
    target::Place,
};

/// How many people one identity can become.
pub const PEOPLE: RangeInclusive<usize> = 2..=20;

/// What somebody wants a shared identity to become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The shared identity.
    pub person: UserId,
    /// The people behind it.
    pub newcomers: Vec<Newcomer>,
    /// What the successor is called.
    pub name: Name,
    /// What answers for them all.
    pub kind: SuccessorKind,
}

/// One of the people behind a shared identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newcomer {
    /// Who.
    pub profile: Profile,
    /// What colleagues see: both names.
    pub display_name: Name,
    /// What colleagues are to dial, if it matters.
    pub short_number: Option<ShortNumber>,
}

/// What identity has to know of somebody.
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

/// What takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuccessorKind {
    /// Rings them.
    RingGroup(RingStrategy),
    /// Has callers wait for them.
    Queue(QueueStrategy),
}

/// A login as it goes to identity, which alone says what is one and whether it is free.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(Box<str>);

/// Surely no login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an e-mail address in ASCII, of at most 254 characters")]
pub struct EmailError;

impl Email {
    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both are the same login.
    #[must_use]
    pub fn is(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = text.len() <= 254 && text.bytes().all(|byte| byte.is_ascii_graphic());
        if plain && text.contains('@') {
            Ok(Self(text.into()))
        } else {
            Err(EmailError)
        }
    }
}

/// Masked: an address is personal data and has no place in a log.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

/// A split that has begun. All ids but identity's are chosen at its beginning, so that every step
/// can be repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Which.
    pub id: SplitId,
    /// The shared identity.
    pub person: UserId,
    /// What takes over.
    pub successor: Successor,
    /// The people behind the shared identity.
    pub people: Vec<Person>,
    /// When it began.
    pub created: DateTime<Utc>,
    /// When calls went over to the successor.
    pub switched: Option<DateTime<Utc>>,
    /// When the shared identity left.
    pub deactivated: Option<DateTime<Utc>>,
    /// When the last trace of it in the configuration was gone.
    pub archived: Option<DateTime<Utc>>,
}

/// What takes over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Successor {
    /// Its id: a ring group's or a queue's, as its kind says.
    pub place: Place,
    /// What it is called.
    pub name: Name,
    /// How it reaches people.
    pub kind: SuccessorKind,
}

/// One of the people of a split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The extension that they get.
    pub extension: ExtensionId,
    /// What colleagues see.
    pub display_name: Name,
    /// What colleagues are to dial, if it matters.
    pub short_number: Option<ShortNumber>,
    /// Who; forgotten when the split is done, because identity knows.
    pub profile: Option<Profile>,
    /// Whom identity made of them, and when.
    pub invited: Option<(UserId, DateTime<Utc>)>,
}

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Invite this one of the people.
    Invite(usize),
    /// Have the successor take over.
    Switch,
    /// Deactivate the shared identity, if somebody else is there.
    Deactivate,
    /// Take it out of the configuration.
    Archive,
    /// Nothing.
    Done,
}

impl Split {
    /// The first step that is not done.
    #[must_use]
    pub fn next(&self) -> Step {
        let uninvited = self
            .people
            .iter()
            .position(|person| person.invited.is_none());
        match (uninvited, self.switched, self.deactivated, self.archived) {
            (Some(index), ..) => Step::Invite(index),
            (None, None, ..) => Step::Switch,
            (None, Some(_), None, _) => Step::Deactivate,
            (None, Some(_), Some(_), None) => Step::Archive,
            (None, Some(_), Some(_), Some(_)) => Step::Done,
        }
    }

    /// The people that identity has made so far.
    pub fn invited(&self) -> impl Iterator<Item = UserId> {
        let invited = self.people.iter().filter_map(|person| person.invited);
        invited.map(|(person, _)| person)
    }

    /// The split without what only its steps needed.
    #[must_use]
    pub fn forgetful(mut self) -> Self {
        for person in &mut self.people {
            person.profile = None;
        }
        self
    }
}

impl Step {
    /// The name in the API and in errors.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invite(_) => "INVITE",
            Self::Switch => "SWITCH",
            Self::Deactivate => "DEACTIVATE",
            Self::Archive => "ARCHIVE",
            Self::Done => "DONE",
        }
    }
}
