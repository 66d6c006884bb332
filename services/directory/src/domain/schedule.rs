//! Schedules (DIR-7): when something is open, by the clock on the wall.
//!
//! Precedence: override, holiday, break, open, closed. [`Schedule::state_at`] is the definition;
//! [`Schedule::changes_from`] lists the instants at which its answer changes.

mod clock_time;
mod timeline;
#[cfg(test)]
mod timeline_tests;

use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use ids::ScheduleId;

pub use clock_time::{ClockTime, ClockTimeError};

use super::{
    change::{Fields, listed},
    key::Kind,
    line::{Label, Name},
    resource::Resource,
};

/// The most weekly slots.
pub const MAX_SLOTS: usize = 100;

/// The most holidays.
pub const MAX_HOLIDAYS: usize = 400;

/// When something is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// What it is called.
    pub display_name: Name,
    /// Whose clocks it goes by.
    pub time_zone: Tz,
    /// Open times and breaks of every week. Outside all of them it is closed.
    pub slots: Vec<Slot>,
    /// Days that are not like their weekday.
    pub holidays: BTreeMap<NaiveDate, Label>,
    /// What somebody forced it to be.
    pub forced: Option<Forced>,
}

/// What a schedule says of an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// People are there.
    Open,
    /// A pause within the open time.
    Break,
    /// Nobody is there.
    Closed,
    /// A holiday.
    Holiday,
}

impl State {
    /// The name in the database and the audit trail.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Break => "BREAK",
            Self::Closed => "CLOSED",
            Self::Holiday => "HOLIDAY",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Open, Self::Break, Self::Closed, Self::Holiday]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// A stretch of every week, within one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// On which day.
    pub weekday: Weekday,
    /// From this time on.
    pub start: ClockTime,
    /// Until just before this time.
    pub end: ClockTime,
    /// Whether it is a break within the open time.
    pub is_break: bool,
}

impl Slot {
    /// What it makes of its time: open or a break.
    #[must_use]
    pub const fn state(self) -> State {
        if self.is_break {
            State::Break
        } else {
            State::Open
        }
    }

    fn covers(&self, weekday: Weekday, time: ClockTime) -> bool {
        self.weekday == weekday && self.start <= time && time < self.end
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}-{} {}",
            self.weekday,
            self.start,
            self.end,
            self.state().name()
        )
    }
}

/// A state that wins over everything else, for a while or until it is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forced {
    /// Open or closed.
    pub open: bool,
    /// When it ends by itself.
    pub until: Option<DateTime<Utc>>,
}

impl Forced {
    /// The state that it forces.
    #[must_use]
    pub const fn state(self) -> State {
        if self.open {
            State::Open
        } else {
            State::Closed
        }
    }

    fn holds_at(self, instant: DateTime<Utc>) -> bool {
        self.until.is_none_or(|until| instant < until)
    }
}

impl Schedule {
    /// What it says of an instant.
    #[must_use]
    pub fn state_at(&self, instant: DateTime<Utc>) -> State {
        if let Some(forced) = self.forced.filter(|forced| forced.holds_at(instant)) {
            return forced.state();
        }
        let local = instant.with_timezone(&self.time_zone).naive_local();
        if self.holidays.contains_key(&local.date()) {
            return State::Holiday;
        }
        let time = ClockTime::of(local.hour(), local.minute());
        let mut now = self
            .slots
            .iter()
            .filter(|slot| slot.covers(local.weekday(), time))
            .peekable();
        if now.peek().is_none() {
            return State::Closed;
        }
        // A break outside the open time is a break all the same: somebody wrote it down.
        if now.any(|slot| slot.is_break) {
            State::Break
        } else {
            State::Open
        }
    }
}

impl Resource for Schedule {
    type Id = ScheduleId;

    const KIND: Kind = Kind::Schedule;

    fn fields(&self) -> Fields {
        let holidays = self
            .holidays
            .iter()
            .map(|(date, label)| format!("{date} {label}"));
        let forced = self.forced;
        vec![
            ("display_name", self.display_name.to_string()),
            ("time_zone", self.time_zone.to_string()),
            ("slots", listed(&self.slots)),
            ("holidays", listed(holidays)),
            (
                "override_state",
                forced
                    .map(|forced| forced.state().name().to_owned())
                    .unwrap_or_default(),
            ),
            (
                "override_until",
                forced
                    .and_then(|forced| forced.until)
                    .map(|until| until.to_rfc3339())
                    .unwrap_or_default(),
            ),
        ]
    }
}
