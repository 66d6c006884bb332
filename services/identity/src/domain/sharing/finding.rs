//! What becomes of an assessment: found, dismissed, found again.

use chrono::{DateTime, TimeDelta, Utc};
use ids::{AccountId, UserId};

use super::{Assessment, Policy};
use crate::domain::line::Name;

/// From this score on there is a finding. A person with a laptop and a telephone stays below.
pub(super) const OPEN_BAR: u8 = 20;
/// From this score on it is worth telling those who asked to be told.
pub(super) const REPORT_BAR: u8 = 40;
/// What a dismissed finding must at least score anew to open before its time.
const RAISED_BAR: u8 = 50;
/// How much more than it scored when it was dismissed, and where that ends: what is certain
/// opens every finding.
const RAISE: u8 = 20;
const HIGHEST_BAR: u8 = 90;

/// How long a dismissal raises the bar, unless it says so itself.
pub const DISMISSED_FOR: TimeDelta = TimeDelta::days(30);
/// The longest.
pub const LONGEST_DISMISSAL: TimeDelta = TimeDelta::days(366);

/// An identity that several people seem to use. One a person, however often it opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The tenant.
    pub account: AccountId,
    /// Whose identity.
    pub user: UserId,
    /// Whether somebody has looked at it.
    pub state: FindingState,
    /// When it opened last.
    pub opened: DateTime<Utc>,
    /// When the last signal came.
    pub signalled: DateTime<Utc>,
    /// Signals up to here are settled: somebody knows why.
    pub settled: Option<DateTime<Utc>>,
    /// The last dismissal.
    pub dismissal: Option<Dismissal>,
    /// Whether it was told since it opened.
    pub reported: bool,
}

/// Whether somebody has looked at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingState {
    /// Nobody has, or there is news since.
    Open,
    /// Somebody knows why.
    Dismissed,
}

/// Somebody knows why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dismissal {
    /// Who.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Until when it takes more to open again.
    pub until: DateTime<Utc>,
    /// Why.
    pub reason: Name,
    /// What it scored.
    pub score: u8,
}

/// It is dismissed already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not possible while {}", FindingState::Dismissed.name())]
pub struct InvalidDismissal;

impl FindingState {
    /// The name in the database, the audit trail and errors.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Dismissed => "DISMISSED",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Open, Self::Dismissed]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

impl Finding {
    /// The first finding about somebody after a signal of `at`, if the assessment is worth one.
    #[must_use]
    pub fn found(
        account: AccountId,
        user: UserId,
        assessment: &Assessment,
        at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        (assessment.score >= OPEN_BAR).then_some(Self {
            account,
            user,
            state: FindingState::Open,
            opened: now,
            signalled: at,
            settled: None,
            dismissal: None,
            reported: false,
        })
    }

    /// After one more signal, of `at`, with everything that is not settled assessed.
    #[must_use]
    pub fn signalled(self, assessment: &Assessment, at: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let opens = self.state == FindingState::Dismissed && assessment.score >= self.bar(now);
        Self {
            state: if opens {
                FindingState::Open
            } else {
                self.state
            },
            opened: if opens { now } else { self.opened },
            reported: self.reported && !opens,
            signalled: self.signalled.max(at),
            ..self
        }
    }

    /// Whether it is to be told now; then it has been.
    pub fn report(&mut self, assessment: &Assessment, policy: Policy) -> bool {
        let is_due = policy >= Policy::Notify
            && self.state == FindingState::Open
            && !self.reported
            && assessment.score >= REPORT_BAR;
        self.reported |= is_due;
        is_due
    }

    /// Somebody knows why.
    pub fn dismiss(self, dismissal: Dismissal) -> Result<Self, InvalidDismissal> {
        match self.state {
            FindingState::Dismissed => Err(InvalidDismissal),
            FindingState::Open => Ok(Self {
                state: FindingState::Dismissed,
                settled: Some(dismissal.at),
                dismissal: Some(dismissal),
                ..self
            }),
        }
    }

    /// What new signals must score to open it.
    #[must_use]
    pub fn bar(&self, now: DateTime<Utc>) -> u8 {
        match &self.dismissal {
            Some(dismissal) if now < dismissal.until => {
                (dismissal.score + RAISE).clamp(RAISED_BAR, HIGHEST_BAR)
            }
            _ => OPEN_BAR,
        }
    }
}
