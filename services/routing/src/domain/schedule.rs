//! When something is open.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Timelike, Utc, Weekday};
use chrono_tz::Tz;

use super::Time;

/// Open times in local time. Precedence: override, holiday, break, open,
/// closed.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// `None` means the account's.
    pub time_zone: Option<Tz>,
    /// Weekly.
    pub slots: Vec<Slot>,
    /// Whole days.
    pub holidays: Vec<Holiday>,
    /// A forced state and when it ends by itself.
    pub forced: Option<(ScheduleState, Option<Time>)>,
}

/// A stretch of every week.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    /// On this day.
    pub weekday: Weekday,
    /// Minutes after midnight, inclusive.
    pub start_minute: u32,
    /// Minutes after midnight, exclusive; 1440 is the end of the day.
    pub end_minute: u32,
    /// A break within, instead of open.
    pub is_break: bool,
}

/// A day that is not like its weekday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holiday(pub NaiveDate);

/// What a schedule says of an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleState {
    /// People are there.
    Open,
    /// A pause within the open time.
    Break,
    /// Nobody is there.
    Closed,
    /// A holiday.
    Holiday,
}

impl Schedule {
    /// The state at an instant. Instants map to exactly one local time, so
    /// gaps and repeats of summer time need no care.
    pub fn state_at(&self, now: Time, account_zone: Tz) -> ScheduleState {
        if let Some((state, until)) = self.forced
            && until.is_none_or(|until| now < until)
        {
            return state;
        }
        let Some(utc) = DateTime::<Utc>::from_timestamp_millis(now.millis()) else {
            return ScheduleState::Closed;
        };
        let local = utc.with_timezone(&self.time_zone.unwrap_or(account_zone));
        if self.holidays.contains(&Holiday(local.date_naive())) {
            return ScheduleState::Holiday;
        }
        let minute = minute_of_day(local.time());
        let here = |slot: &&Slot| {
            slot.weekday == local.weekday()
                && (slot.start_minute..slot.end_minute).contains(&minute)
        };
        let mut slots = self.slots.iter().filter(here).peekable();
        match (slots.peek().is_some(), slots.any(|slot| slot.is_break)) {
            (false, _) => ScheduleState::Closed,
            (true, true) => ScheduleState::Break,
            (true, false) => ScheduleState::Open,
        }
    }
}

fn minute_of_day(time: NaiveTime) -> u32 {
    time.hour() * 60 + time.minute()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        Time::from_millis(text.parse::<DateTime<Utc>>().unwrap().timestamp_millis())
    }

    fn office() -> Schedule {
        let slot = |start: u32, end: u32, is_break| Slot {
            weekday: Weekday::Sun,
            start_minute: start * 60,
            end_minute: end * 60,
            is_break,
        };
        Schedule {
            time_zone: Some(chrono_tz::Europe::Berlin),
            slots: vec![slot(9, 17, false), slot(12, 13, true)],
            holidays: vec![Holiday(NaiveDate::from_ymd_opt(2026, 12, 27).unwrap())],
            forced: None,
        }
    }

    #[test]
    fn follows_local_time_on_the_days_summer_time_begins_and_ends() {
        let office = office();
        let state = |text| office.state_at(at(text), Tz::UTC);
        // 2026-03-29: 09:00 is 07:00 UTC from now on.
        assert_eq!(state("2026-03-29T06:59:59Z"), ScheduleState::Closed);
        assert_eq!(state("2026-03-29T07:00:00Z"), ScheduleState::Open);
        // 2026-10-25: 09:00 is 08:00 UTC again.
        assert_eq!(state("2026-10-25T07:30:00Z"), ScheduleState::Closed);
        assert_eq!(state("2026-10-25T08:00:00Z"), ScheduleState::Open);
    }

    #[test]
    fn an_override_wins_over_a_holiday_over_a_break() {
        let mut office = office();
        assert_eq!(
            office.state_at(at("2026-11-22T11:30:00Z"), Tz::UTC),
            ScheduleState::Break
        );
        assert_eq!(
            office.state_at(at("2026-12-27T11:30:00Z"), Tz::UTC),
            ScheduleState::Holiday
        );
        office.forced = Some((ScheduleState::Open, Some(at("2026-12-27T12:00:00Z"))));
        assert_eq!(
            office.state_at(at("2026-12-27T11:30:00Z"), Tz::UTC),
            ScheduleState::Open
        );
        assert_eq!(
            office.state_at(at("2026-12-27T12:00:00Z"), Tz::UTC),
            ScheduleState::Holiday
        );
    }
}
