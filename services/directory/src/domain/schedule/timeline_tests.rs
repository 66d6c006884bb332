use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::{
    Forced, Schedule, Slot,
    State::{self, Break, Closed, Holiday, Open},
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn slot(weekday: Weekday, start: &str, end: &str, is_break: bool) -> Slot {
    Slot {
        weekday,
        start: start.parse().unwrap(),
        end: end.parse().unwrap(),
        is_break,
    }
}

fn schedule(zone: &str, slots: Vec<Slot>) -> Schedule {
    Schedule {
        display_name: "Office".parse().unwrap(),
        time_zone: zone.parse().unwrap(),
        slots,
        holidays: BTreeMap::new(),
        forced: None,
    }
}

fn told(schedule: &Schedule, from: &str, limit: usize) -> Vec<(String, State)> {
    let changes = schedule.changes_from(at(from), limit);
    changes
        .into_iter()
        .map(|(at, state)| (at.format("%m-%dT%H:%M").to_string(), state))
        .collect()
}

fn said(list: &[(&str, State)]) -> Vec<(String, State)> {
    list.iter()
        .map(|(at, state)| ((*at).to_owned(), *state))
        .collect()
}

#[test]
fn a_day_with_a_break_before_a_holiday() {
    let mut office = schedule(
        "Europe/Berlin",
        vec![
            slot(Weekday::Thu, "09:00", "17:00", false),
            slot(Weekday::Thu, "12:00", "13:00", true),
            slot(Weekday::Fri, "09:00", "17:00", false),
        ],
    );
    office
        .holidays
        .insert("2026-12-25".parse().unwrap(), "Christmas".parse().unwrap());
    assert_eq!(
        told(&office, "2026-12-24T06:30:00Z", 7),
        said(&[
            ("12-24T06:30", Closed),
            ("12-24T08:00", Open),
            ("12-24T11:00", Break),
            ("12-24T12:00", Open),
            ("12-24T16:00", Closed),
            ("12-24T23:00", Holiday),
            ("12-25T23:00", Closed),
        ])
    );
}

#[test]
fn the_hour_that_spring_skips_is_not_worked() {
    // Berlin, 2026-03-29: 02:00 becomes 03:00.
    let early = schedule(
        "Europe/Berlin",
        vec![slot(Weekday::Sun, "02:00", "03:30", false)],
    );
    assert_eq!(
        told(&early, "2026-03-28T22:00:00Z", 3),
        said(&[
            ("03-28T22:00", Closed),
            ("03-29T01:00", Open),
            ("03-29T01:30", Closed)
        ])
    );
    let skipped = schedule(
        "Europe/Berlin",
        vec![slot(Weekday::Sun, "02:10", "02:50", false)],
    );
    assert_eq!(
        told(&skipped, "2026-03-28T22:00:00Z", 2)[1].0,
        "04-05T00:10"
    );
}

#[test]
fn the_hour_that_autumn_repeats_is_worked_twice() {
    // Berlin, 2026-10-25: 03:00 becomes 02:00.
    let night = schedule(
        "Europe/Berlin",
        vec![slot(Weekday::Sun, "01:00", "02:30", false)],
    );
    assert_eq!(
        told(&night, "2026-10-24T22:00:00Z", 5),
        said(&[
            ("10-24T22:00", Closed),
            ("10-24T23:00", Open),
            ("10-25T00:30", Closed),
            ("10-25T01:00", Open),
            ("10-25T01:30", Closed),
        ])
    );
}

#[test]
fn opening_hours_keep_to_the_wall_clock_when_summer_ends() {
    let office = schedule(
        "America/New_York",
        vec![
            slot(Weekday::Sat, "09:00", "24:00", false),
            slot(Weekday::Mon, "09:00", "17:00", false),
        ],
    );
    // 2026-11-01 is the change; Saturday is at UTC-4, Monday at UTC-5.
    assert_eq!(
        told(&office, "2026-10-31T12:00:00Z", 4),
        said(&[
            ("10-31T12:00", Closed),
            ("10-31T13:00", Open),
            ("11-01T04:00", Closed),
            ("11-02T14:00", Open),
        ])
    );
}

#[test]
fn a_day_that_never_was_does_no_harm() {
    // Samoa skipped Friday 2011-12-30.
    let office = schedule(
        "Pacific/Apia",
        vec![slot(Weekday::Fri, "09:00", "17:00", false)],
    );
    assert_eq!(
        told(&office, "2011-12-29T12:00:00Z", 2)[1],
        ("01-05T19:00".to_owned(), Open)
    );
}

#[test]
fn force_wins_until_it_ends() {
    let mut office = schedule("Etc/UTC", vec![slot(Weekday::Mon, "09:00", "17:00", false)]);
    office.holidays.insert(
        "2026-06-01".parse().unwrap(),
        "Whit Monday".parse().unwrap(),
    );
    office.forced = Some(Forced {
        open: true,
        until: Some(at("2026-06-01T10:30:00Z")),
    });
    assert_eq!(
        told(&office, "2026-06-01T08:00:00Z", 3),
        said(&[
            ("06-01T08:00", Open),
            ("06-01T10:30", Holiday),
            ("06-02T00:00", Closed)
        ])
    );
    office.forced = Some(Forced {
        open: false,
        until: None,
    });
    assert_eq!(
        told(&office, "2026-06-08T10:00:00Z", 9),
        said(&[("06-08T10:00", Closed)])
    );
}

#[test]
fn the_end_of_time_is_survived() {
    let office = schedule(
        "Asia/Tokyo",
        vec![slot(Weekday::Fri, "00:00", "24:00", false)],
    );
    assert_eq!(office.changes_from(at("9999-12-31T23:59:59Z"), 3).len(), 3);
    assert_eq!(
        office.changes_from(at("1970-01-01T00:00:00Z"), 100).len(),
        100
    );
    assert_eq!(
        office
            .changes_from(DateTime::<Utc>::MAX_UTC - TimeDelta::days(2), 3)
            .len(),
        1
    );
}

fn any_slot() -> impl Strategy<Value = Slot> {
    (0u8..7, 0u16..1440, 1u16..=1440, any::<bool>()).prop_map(|(day, start, length, is_break)| {
        let end = (start + length).min(1440);
        let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        slot(
            Weekday::try_from(day).unwrap(),
            &clock(start),
            &clock(end),
            is_break,
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Minute by minute around the days on which clocks are moved, the list of changes says what
    /// `state_at` says.
    #[test]
    fn changes_are_exactly_where_the_state_changes(
        zone in prop::sample::select(vec![
            "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca",
            "Asia/Kathmandu", "America/Sao_Paulo", "America/St_Johns", "Pacific/Chatham", "Etc/UTC",
        ]),
        start in prop::sample::select(vec![
            "2026-03-07T12:00:00Z", "2026-03-28T12:00:00Z", "2026-04-04T00:00:00Z",
            "2026-10-03T06:00:00Z", "2026-10-24T12:00:00Z", "2026-10-31T12:00:00Z",
            "2026-02-14T12:00:00Z", "2018-02-17T12:00:00Z", "2018-11-03T12:00:00Z",
            // Newfoundland moved its clocks at 00:01, back into the day before.
            "2009-10-31T12:00:00Z",
        ]),
        slots in prop::collection::vec(any_slot(), 0..12),
        offset in 0i64..86_400,
        holiday in 0i64..4,
        forced in prop::option::of((any::<bool>(), prop::option::of(0i64..4000))),
    ) {
        let from = at(start) + TimeDelta::seconds(offset);
        let mut office = schedule(zone, slots);
        let day = from.date_naive() + TimeDelta::days(holiday);
        office.holidays.insert(day, "Holiday".parse().unwrap());
        office.forced = forced.map(|(open, minutes)| Forced {
            open, until: minutes.map(|minutes| from + TimeDelta::minutes(minutes)),
        });

        let changes = office.changes_from(from, 100);
        prop_assert_eq!(changes[0], (from, office.state_at(from)));
        prop_assert!(changes.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 != pair[1].1));
        let mut current = 0;
        for minute in 0..(3 * 24 * 60) {
            let instant = from + TimeDelta::minutes(minute);
            while changes.get(current + 1).is_some_and(|(at, _)| *at <= instant) {
                current += 1;
            }
            prop_assert_eq!(changes[current].1, office.state_at(instant), "at {}", instant);
        }
    }

    #[test]
    fn no_time_zone_and_no_time_panics(zone in 0usize..600, seconds in any::<i32>()) {
        let zone: Tz = chrono_tz::TZ_VARIANTS[zone % chrono_tz::TZ_VARIANTS.len()];
        let office = schedule(zone.name(), vec![slot(Weekday::Sun, "01:30", "02:30", false)]);
        let from = DateTime::from_timestamp(i64::from(seconds), 0).unwrap();
        prop_assert!(!office.changes_from(from, 20).is_empty());
    }
}
