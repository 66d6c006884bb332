//! Menus (DIR-6): a prompt, and what each key does.

use std::{fmt, str::FromStr, time::Duration};

use ids::{MenuId, ScheduleId};

use super::{
    change::{Fields, lasting, listed},
    key::Kind,
    line::{Label, Name, Prompt},
    resource::{Exit, Resource, Taken},
    span::Span,
    target::Target,
};

/// How long to wait for a key.
pub const KEY_TIMEOUT: Span = Span::seconds(1, 60, 5);
/// How often the prompt is played.
pub const ATTEMPTS: std::ops::RangeInclusive<u8> = 1..=10;
/// How often the prompt is played, when nobody says.
pub const DEFAULT_ATTEMPTS: u8 = 3;

/// The keys of a telephone.
pub const MAX_KEYS: usize = 12;

/// An auto-receptionist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    /// What it is called.
    pub display_name: Name,
    /// What it says.
    pub prompt: Prompt,
    /// What each key does; each key once.
    pub keys: Vec<Choice>,
    /// How long to wait for a key.
    pub key_timeout: Duration,
    /// How often the prompt is played before giving up.
    pub attempts: u8,
    /// Where a caller goes who pressed nothing.
    pub timeout: Target,
    /// Where a caller goes whose last key was invalid.
    pub invalid: Target,
    /// When it is open; none means always.
    pub schedule: Option<ScheduleId>,
    /// Where calls go while it is closed.
    pub closed: Target,
}

impl Resource for Menu {
    type Id = MenuId;

    const KIND: Kind = Kind::Menu;

    fn exits(&self) -> Vec<Exit<'_>> {
        let keys = self.keys.iter().enumerate().map(|(index, choice)| Exit {
            field: format!("keys[{index}].target"),
            target: &choice.target,
            taken: Taken::ByChoice,
        });
        let automatic = [
            Exit::automatic("timeout_target", &self.timeout, true),
            Exit::automatic("invalid_target", &self.invalid, true),
            Exit::automatic("closed_target", &self.closed, self.schedule.is_some()),
        ];
        keys.chain(automatic).collect()
    }

    fn schedule(&self) -> Option<ScheduleId> {
        self.schedule
    }

    fn fields(&self) -> Fields {
        vec![
            ("display_name", self.display_name.to_string()),
            ("prompt", self.prompt.to_string()),
            ("keys", listed(&self.keys)),
            ("key_timeout", lasting(self.key_timeout)),
            ("attempts", self.attempts.to_string()),
            ("timeout_target", self.timeout.to_string()),
            ("invalid_target", self.invalid.to_string()),
            (
                "schedule_id",
                self.schedule.map(|id| id.to_string()).unwrap_or_default(),
            ),
            ("closed_target", self.closed.to_string()),
        ]
    }
}

/// What one key does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The key.
    pub key: Digit,
    /// What it means.
    pub label: Label,
    /// Where it leads.
    pub target: Target,
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.key, self.label, self.target)
    }
}

/// A key of a telephone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digit(char);

/// Not a key of a telephone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of 0 to 9, * and #")]
pub struct DigitError;

impl FromStr for Digit {
    type Err = DigitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(key @ ('0'..='9' | '*' | '#')), None) => Ok(Self(key)),
            _ => Err(DigitError),
        }
    }
}

impl fmt::Display for Digit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_keys_and_no_more() {
        assert!(
            "0123456789*#"
                .chars()
                .all(|key| key.to_string().parse::<Digit>().is_ok())
        );
        for bad in ["", "A", "10", "**", "１", " 1", "\0"] {
            assert_eq!(bad.parse::<Digit>(), Err(DigitError), "{bad:?}");
        }
    }
}
