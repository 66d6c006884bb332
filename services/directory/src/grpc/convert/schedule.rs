use std::collections::BTreeMap;

use access::Permission;
use api::directory::v1 as wire;
use chrono::{DateTime, NaiveDate, Utc, Weekday};
use fault::At;

use super::{Wire, at_most, copy_field, time};
use crate::{
    app::edit::Ground,
    domain::{
        line::Label,
        resource::Record,
        schedule::{Forced, MAX_HOLIDAYS, MAX_SLOTS, Schedule, Slot, State},
    },
};

impl Wire for Schedule {
    type Message = wire::Schedule;

    const ID: &'static str = "schedule_id";
    const MANAGE: Permission = Permission::SchedulesManage;

    fn seen(message: &wire::Schedule) -> (&str, &str) {
        (&message.schedule_id, &message.etag)
    }

    fn message(record: &Record<Self>) -> wire::Schedule {
        let schedule = &record.value;
        let holidays = schedule.holidays.iter();
        wire::Schedule {
            schedule_id: record.id.to_string(),
            display_name: schedule.display_name.to_string(),
            time_zone: schedule.time_zone.to_string(),
            slots: schedule.slots.iter().map(slot_message).collect(),
            holidays: holidays
                .map(|(date, label)| wire::Holiday {
                    date: date.to_string(),
                    label: label.to_string(),
                })
                .collect(),
            override_state: schedule
                .forced
                .map_or(wire::ScheduleState::Unspecified, |forced| {
                    state_message(forced.state())
                })
                .into(),
            override_until: schedule
                .forced
                .and_then(|forced| forced.until)
                .and_then(time::message),
            create_time: time::message(record.created),
            update_time: time::message(record.updated),
            etag: record.etag(),
        }
    }

    fn read(message: wire::Schedule, ground: &Ground<'_, Self>, at: &mut At<'_>) -> Option<Self> {
        let display_name = at.parse("display_name", &message.display_name);
        let time_zone = match message.time_zone.as_str() {
            "" => Some(ground.account.time_zone),
            name => at.accept(
                "time_zone",
                name.parse().map_err(|_| "must be an IANA time zone"),
            ),
        };
        let slots = slots(&message.slots, at);
        let holidays = holidays(&message.holidays, at);
        Some(Self {
            display_name: display_name?,
            time_zone: time_zone?,
            slots: slots?,
            holidays: holidays?,
            forced: ground.current.and_then(|current| current.value.forced),
        })
    }

    fn copy(field: &str, from: &wire::Schedule, to: &mut wire::Schedule) -> bool {
        copy_field!(field, from => to: display_name, time_zone, slots, holidays)
    }
}

fn slots(list: &[wire::WeeklySlot], at: &mut At<'_>) -> Option<Vec<Slot>> {
    if !at_most(at, "slots", list.len(), MAX_SLOTS) {
        return None;
    }
    let slots = list.iter().enumerate().map(|(index, message)| {
        let mut at = at.index("slots", index);
        let weekday = message
            .weekday
            .checked_sub(1)
            .and_then(|day| u8::try_from(day).ok());
        let weekday = weekday.and_then(|day| Weekday::try_from(day).ok());
        at.must(
            weekday.is_some(),
            "weekday",
            "must be 1 for Monday to 7 for Sunday",
        );
        let start = at.parse("start_time", &message.start_time);
        let end = at.parse("end_time", &message.end_time);
        let in_order = start.zip(end).is_none_or(|(start, end)| start < end);
        at.must(in_order, "end_time", "must be later than start_time");
        let is_break = match message.state() {
            wire::ScheduleState::Open => Some(false),
            wire::ScheduleState::Break => Some(true),
            _ => {
                at.field("state", "must be OPEN or BREAK");
                None
            }
        };
        Some(Slot {
            weekday: weekday?,
            start: start?,
            end: end?,
            is_break: is_break?,
        })
    });
    slots.collect::<Vec<_>>().into_iter().collect()
}

fn slot_message(slot: &Slot) -> wire::WeeklySlot {
    wire::WeeklySlot {
        weekday: slot.weekday.number_from_monday(),
        start_time: slot.start.to_string(),
        end_time: slot.end.to_string(),
        state: state_message(slot.state()).into(),
    }
}

fn holidays(list: &[wire::Holiday], at: &mut At<'_>) -> Option<BTreeMap<NaiveDate, Label>> {
    if !at_most(at, "holidays", list.len(), MAX_HOLIDAYS) {
        return None;
    }
    let mut holidays = BTreeMap::new();
    let mut fits = true;
    for (index, message) in list.iter().enumerate() {
        let mut at = at.index("holidays", index);
        let date = at.accept(
            "date",
            date(&message.date).ok_or("must be a day, YYYY-MM-DD"),
        );
        let label = at.parse("label", &message.label);
        let once = date.zip(label).is_some_and(|(date, label)| {
            at.must(
                holidays.insert(date, label).is_none(),
                "date",
                "must appear only once",
            )
        });
        fits &= once;
    }
    fits.then_some(holidays)
}

/// Strictly `YYYY-MM-DD`: chrono alone also reads `+2026-1-1`.
fn date(text: &str) -> Option<NaiveDate> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    (date.to_string() == text && text.len() == 10).then_some(date)
}

/// What somebody forces a schedule to be. `None` has been reported.
pub(in crate::grpc) fn forced(
    at: &mut At<'_>,
    request: &wire::OverrideScheduleRequest,
) -> Option<Option<Forced>> {
    let until = time::optional_instant(at, "until", request.until)?;
    match wire::ScheduleState::try_from(request.state) {
        Ok(wire::ScheduleState::Unspecified) => at
            .must(
                until.is_none(),
                "until",
                "must be missing when the force ends now",
            )
            .then_some(None),
        Ok(wire::ScheduleState::Open) => Some(Some(Forced { open: true, until })),
        Ok(wire::ScheduleState::Closed) => Some(Some(Forced { open: false, until })),
        Ok(wire::ScheduleState::Break | wire::ScheduleState::Holiday) | Err(_) => {
            at.field("state", "must be OPEN, CLOSED or UNSPECIFIED");
            None
        }
    }
}

/// A change for clients.
pub(in crate::grpc) fn change((at, state): (DateTime<Utc>, State)) -> wire::ScheduleChange {
    wire::ScheduleChange {
        time: time::message(at),
        state: state_message(state).into(),
    }
}

fn state_message(state: State) -> wire::ScheduleState {
    match state {
        State::Open => wire::ScheduleState::Open,
        State::Break => wire::ScheduleState::Break,
        State::Closed => wire::ScheduleState::Closed,
        State::Holiday => wire::ScheduleState::Holiday,
    }
}
