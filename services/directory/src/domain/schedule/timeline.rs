//! When a schedule changes.
//!
//! A state can change only where a slot, a day or an override begins or ends, and where the clock
//! on the wall jumps. So these instants are collected day by day, and [`Schedule::state_at`] is
//! asked at each: the list can never disagree with it.

use std::collections::BTreeSet;

use chrono::{
    DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc,
};
use chrono_tz::Tz;

use super::{Schedule, State};

/// How far ahead changes are looked for. Who is open or closed for longer than this has no change
/// worth waiting for.
const HORIZON_DAYS: usize = 2 * 366;

/// The proto's last year is 9999; dates far behind it cannot be calculated with.
const LAST_YEAR: i32 = 10_000;

impl Schedule {
    /// The state at `from`, then each change after it within two years, at most `limit` in all.
    #[must_use]
    pub fn changes_from(&self, from: DateTime<Utc>, limit: usize) -> Vec<(DateTime<Utc>, State)> {
        let mut state = self.state_at(from);
        let mut changes = vec![(from, state)];
        for instant in self.instants_from(from) {
            if changes.len() >= limit {
                break;
            }
            let next = self.state_at(instant);
            if next != state {
                changes.push((instant, next));
                state = next;
            }
        }
        changes
    }

    /// Every instant after `from` at which the state might change, in order.
    fn instants_from(&self, from: DateTime<Utc>) -> impl Iterator<Item = DateTime<Utc>> {
        let first = from.with_timezone(&self.time_zone).date_naive();
        // From the day before: where a clock is put back over midnight, it comes again.
        let days = first.pred_opt().into_iter().flat_map(|day| day.iter_days());
        let days = days
            .take(HORIZON_DAYS)
            .take_while(|day| day.year() <= LAST_YEAR);
        // Days overlap in such a night, so an instant counts once no later day can come before it.
        let mut ahead = BTreeSet::new();
        let in_order = days.flat_map(move |day| {
            let later = ahead.split_off(&utc_window(day).0);
            let ready = std::mem::replace(&mut ahead, later);
            ahead.extend(self.instants_of(day));
            ready
        });
        in_order.filter(move |instant| *instant > from)
    }

    fn instants_of(&self, day: NaiveDate) -> BTreeSet<DateTime<Utc>> {
        let slots = self
            .slots
            .iter()
            .filter(|slot| slot.weekday == day.weekday());
        let times = slots.flat_map(|slot| [slot.start.on(day), slot.end.on(day)]);
        let midnight = day.and_time(NaiveTime::MIN);
        let mut instants: BTreeSet<_> = times
            .chain([midnight])
            .flat_map(|local| instants_of_local(self.time_zone, local))
            .collect();

        let (start, end) = utc_window(day);
        instants.extend(clock_jump(self.time_zone, start, end));
        let until = self.forced.and_then(|forced| forced.until);
        instants.extend(until.filter(|until| (start..end).contains(until)));
        instants
    }
}

/// No instant where the clock skips the time, one normally, two where it shows it twice.
fn instants_of_local(zone: Tz, local: NaiveDateTime) -> impl Iterator<Item = DateTime<Utc>> {
    let found = zone.from_local_datetime(&local);
    let (earliest, latest) = (found.earliest(), found.latest());
    earliest
        .into_iter()
        .chain(latest)
        .map(|instant| instant.with_timezone(&Utc))
}

/// An interval of UTC that holds the local day wherever on Earth it is.
fn utc_window(day: NaiveDate) -> (DateTime<Utc>, DateTime<Utc>) {
    let midnight = day.and_time(NaiveTime::MIN).and_utc();
    (
        midnight - TimeDelta::hours(16),
        midnight + TimeDelta::hours(40),
    )
}

/// The first second after the clock was moved within the window, if it was.
fn clock_jump(zone: Tz, mut start: DateTime<Utc>, mut end: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let offset = |instant: DateTime<Utc>| zone.offset_from_utc_datetime(&instant.naive_utc()).fix();
    let before = offset(start);
    if before == offset(end) {
        return None;
    }
    while end - start > TimeDelta::seconds(1) {
        let middle = start + (end - start) / 2;
        let middle = middle - TimeDelta::nanoseconds(i64::from(middle.timestamp_subsec_nanos()));
        if offset(middle) == before {
            start = middle;
        } else {
            end = middle;
        }
    }
    Some(end)
}
