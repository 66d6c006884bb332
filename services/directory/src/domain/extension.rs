//! Extensions (DIR-1): one communications identity a person.

use std::{fmt, str::FromStr, time::Duration};

use ids::{DeviceId, ExtensionId, UserId};

use super::{
    change::{Fields, lasting, listed},
    key::Kind,
    line::Name,
    phone::EMERGENCY,
    resource::{Exit, Resource},
    span::Span,
    target::{Place, Target},
};

/// How long a direct call rings.
pub const RING_TIMEOUT: Span = Span::seconds(5, 120, 20);

/// The most devices of one person.
pub const MAX_DEVICES: usize = 10;

/// A person's communications identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Whose. Never changes.
    pub person: UserId,
    /// What colleagues dial.
    pub short_number: ShortNumber,
    /// What colleagues see.
    pub display_name: Name,
    /// What rings, in order.
    pub devices: Vec<Device>,
    /// How long a direct call rings.
    pub ring_timeout: Duration,
    /// Where a call goes while the person is on another.
    pub busy: Target,
    /// Where a call goes that the person does not answer.
    pub no_answer: Target,
}

impl Extension {
    /// Where calls go that do not reach the person, unless they say otherwise.
    #[must_use]
    pub fn voicemail(id: ExtensionId) -> Target {
        Target::Voicemail(Place::Extension(id))
    }
}

impl Resource for Extension {
    type Id = ExtensionId;

    const KIND: Kind = Kind::Extension;

    fn exits(&self) -> Vec<Exit<'_>> {
        vec![
            Exit::automatic("busy_target", &self.busy, true),
            Exit::automatic("no_answer_target", &self.no_answer, true),
        ]
    }

    fn owner(&self) -> Option<UserId> {
        Some(self.person)
    }

    fn fields(&self) -> Fields {
        vec![
            ("person_id", self.person.to_string()),
            ("short_number", self.short_number.to_string()),
            ("display_name", self.display_name.to_string()),
            ("devices", listed(&self.devices)),
            ("ring_timeout", lasting(self.ring_timeout)),
            ("busy_target", self.busy.to_string()),
            ("no_answer_target", self.no_answer.to_string()),
        ]
    }
}

/// A telephone, app or twin mobile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Which, for ever.
    pub id: DeviceId,
    /// What it is.
    pub kind: DeviceKind,
    /// What its owner calls it.
    pub label: Name,
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.id, self.kind.name(), self.label)
    }
}

/// Kinds of devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceKind {
    /// A desk telephone.
    DeskPhone,
    /// A web, desktop or mobile app.
    App,
    /// A mobile number that rings along.
    MobileTwin,
}

impl DeviceKind {
    /// The name in the database and the audit trail.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DeskPhone => "DESK_PHONE",
            Self::App => "APP",
            Self::MobileTwin => "MOBILE_TWIN",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::DeskPhone, Self::App, Self::MobileTwin]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// What colleagues dial: 2 to 8 digits that are not an emergency number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ShortNumber(Box<str>);

impl ShortNumber {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ShortNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is wrong with a short number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShortNumberError {
    /// Not digits, too few or too many.
    #[error("must be 2 to 8 ASCII digits")]
    Digits,
    /// Somebody in need would reach a colleague.
    #[error("must not be an emergency number")]
    Emergency,
}

impl FromStr for ShortNumber {
    type Err = ShortNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !(2..=8).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ShortNumberError::Digits);
        }
        if EMERGENCY.contains(&text) {
            return Err(ShortNumberError::Emergency);
        }
        Ok(Self(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_numbers_are_digits_and_never_hide_an_emergency_number() {
        for good in ["10", "201", "12345678", "1120", "007"] {
            assert!(good.parse::<ShortNumber>().is_ok(), "{good}");
        }
        for bad in ["", "1", "123456789", "1a", "１２", "+12", "12 ", "1\u{0}2"] {
            assert_eq!(
                bad.parse::<ShortNumber>(),
                Err(ShortNumberError::Digits),
                "{bad:?}"
            );
        }
        for number in ["112", "911", "999", "110"] {
            assert_eq!(
                number.parse::<ShortNumber>(),
                Err(ShortNumberError::Emergency)
            );
        }
    }
}
