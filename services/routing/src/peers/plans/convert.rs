//! Directory's plan as calls ask it: ids parsed, defaults filled in, keyed.

use std::{collections::HashMap, fmt::Display, str::FromStr, time::Duration};

use api::directory::v1::{self as proto, target::Kind};
use chrono::NaiveDate;
use ids::IdError;

use crate::domain::{
    Extension, Holiday, Menu, Number, Plan, Queue, RingGroup, RingStrategy, Schedule,
    ScheduleState, Slot, Target, Time,
};

/// A plan that this version of routing cannot read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error(transparent)]
    Id(#[from] IdError),
    #[error("{0} is not a time zone")]
    TimeZone(String),
    #[error("{0} is not a date")]
    Date(String),
    #[error("{0} is not a time of day")]
    TimeOfDay(String),
    #[error("{0} is not a day of the week")]
    Weekday(u32),
}

/// Played outside open times where nothing else is set.
const CLOSED: &str = "closed";
/// Played to a caller who chose nothing from a menu where nothing else is set.
const NO_CHOICE: &str = "no-choice";

const DEFAULT_DIRECT_RING: Duration = Duration::from_secs(20);
const DEFAULT_GROUP_RING: Duration = Duration::from_secs(20);
const DEFAULT_QUEUE_RING: Duration = Duration::from_secs(15);
const DEFAULT_WRAP_UP: Duration = Duration::from_secs(10);
const DEFAULT_SERVICE_LEVEL: Duration = Duration::from_secs(20);
const DEFAULT_SHORT_ABANDON: Duration = Duration::from_secs(5);
const DEFAULT_KEY_TIMEOUT: Duration = Duration::from_secs(5);
const DEFAULT_MISSES: u32 = 3;
const DEFAULT_ATTEMPTS: u32 = 3;

pub(crate) fn plan(plan: proto::Plan) -> Result<Plan, Unreadable> {
    Ok(Plan {
        account: plan.account_id.parse()?,
        version: plan.version,
        time_zone: time_zone(&plan.time_zone)?.unwrap_or(chrono_tz::UTC),
        numbers: keyed(plan.numbers, number)?,
        extensions: keyed(plan.extensions, extension)?,
        ring_groups: keyed(plan.ring_groups, ring_group)?,
        queues: keyed(plan.queues, queue)?,
        menus: keyed(plan.menus, menu)?,
        schedules: keyed(plan.schedules, schedule)?,
        suspended: plan.suspended,
        absent: plan
            .absences
            .iter()
            .map(|absence| absence.person_id.parse())
            .collect::<Result<_, IdError>>()?,
    })
}

fn keyed<P, K: std::hash::Hash + Eq, V>(
    list: Vec<P>,
    read: impl Fn(P) -> Result<(K, V), Unreadable>,
) -> Result<HashMap<K, V>, Unreadable> {
    list.into_iter().map(read).collect()
}

fn number(number: proto::Number) -> Result<(String, Number), Unreadable> {
    let read = Number {
        id: number.number_id.parse()?,
        target: target(number.target, || Target::Unassigned)?,
        schedule: optional(&number.schedule_id)?,
        closed_target: target(number.closed_target, announcement(CLOSED))?,
    };
    Ok((number.e164, read))
}

fn extension(extension: proto::Extension) -> Result<(ids::ExtensionId, Extension), Unreadable> {
    let id: ids::ExtensionId = extension.extension_id.parse()?;
    let devices = extension
        .devices
        .iter()
        .map(|device| device.device_id.parse());
    let read = Extension {
        person: extension.person_id.parse()?,
        devices: devices.collect::<Result<_, _>>()?,
        ring_timeout: span(extension.ring_timeout, DEFAULT_DIRECT_RING),
        busy_target: target(extension.busy_target, voicemail(id))?,
        no_answer_target: target(extension.no_answer_target, voicemail(id))?,
    };
    Ok((id, read))
}

fn ring_group(group: proto::RingGroup) -> Result<(ids::RingGroupId, RingGroup), Unreadable> {
    let id: ids::RingGroupId = group.ring_group_id.parse()?;
    let strategy = match group.strategy() {
        proto::RingStrategy::Unspecified | proto::RingStrategy::Simultaneous => {
            RingStrategy::Simultaneous
        }
        proto::RingStrategy::Sequential => RingStrategy::Sequential,
        proto::RingStrategy::Random => RingStrategy::Random,
        proto::RingStrategy::RoundRobin => RingStrategy::RoundRobin,
        proto::RingStrategy::LongestIdle => RingStrategy::LongestIdle,
    };
    let members = group.member_ids.iter().map(|member| member.parse());
    let read = RingGroup {
        members: members.collect::<Result<_, _>>()?,
        strategy,
        ring_timeout: span(group.ring_timeout, DEFAULT_GROUP_RING),
        no_answer_target: target(group.no_answer_target, voicemail(id))?,
    };
    Ok((id, read))
}

fn queue(queue: proto::Queue) -> Result<(ids::QueueId, Queue), Unreadable> {
    let id: ids::QueueId = queue.queue_id.parse()?;
    let members = queue.members.iter().map(|member| member.person_id.parse());
    let read = Queue {
        members: members.collect::<Result<_, _>>()?,
        ring_timeout: span(queue.ring_timeout, DEFAULT_QUEUE_RING),
        wrap_up: span(queue.wrap_up, DEFAULT_WRAP_UP),
        max_wait: span(queue.max_wait, Duration::ZERO),
        max_size: queue.max_size,
        join_empty: queue.join_empty,
        max_misses: or_default(queue.max_misses, DEFAULT_MISSES),
        service_level_threshold: span(queue.service_level_threshold, DEFAULT_SERVICE_LEVEL),
        short_abandon_threshold: span(queue.short_abandon_threshold, DEFAULT_SHORT_ABANDON),
        too_long_target: target(queue.too_long_target, voicemail(id))?,
        full_target: target(queue.full_target, voicemail(id))?,
        empty_target: target(queue.empty_target, voicemail(id))?,
    };
    Ok((id, read))
}

fn menu(menu: proto::Menu) -> Result<(ids::MenuId, Menu), Unreadable> {
    let timeout_target = target(menu.timeout_target, announcement(NO_CHOICE))?;
    let keys = menu.keys.into_iter().filter_map(|key| {
        let leads_to = target(key.target, || Target::Unassigned);
        leads_to
            .map(|leads_to| Some((key.key.chars().next()?, leads_to)))
            .transpose()
    });
    let read = Menu {
        prompt: menu.prompt,
        keys: keys.collect::<Result<_, _>>()?,
        key_timeout: span(menu.key_timeout, DEFAULT_KEY_TIMEOUT),
        attempts: or_default(menu.attempts, DEFAULT_ATTEMPTS),
        invalid_target: target(menu.invalid_target, || timeout_target.clone())?,
        timeout_target,
        schedule: optional(&menu.schedule_id)?,
        closed_target: target(menu.closed_target, announcement(CLOSED))?,
    };
    Ok((menu.menu_id.parse()?, read))
}

fn schedule(schedule: proto::Schedule) -> Result<(ids::ScheduleId, Schedule), Unreadable> {
    let until = schedule.override_until.as_ref();
    let until =
        until.map(|at| Time::from_millis(at.seconds * 1000 + i64::from(at.nanos) / 1_000_000));
    let forced = match schedule.override_state() {
        proto::ScheduleState::Unspecified => None,
        proto::ScheduleState::Open => Some(ScheduleState::Open),
        proto::ScheduleState::Break => Some(ScheduleState::Break),
        proto::ScheduleState::Closed => Some(ScheduleState::Closed),
        proto::ScheduleState::Holiday => Some(ScheduleState::Holiday),
    };
    let slots = schedule.slots.iter().map(|slot| {
        let weekday = u8::try_from(slot.weekday)
            .ok()
            .and_then(|day| day.checked_sub(1));
        let weekday = weekday.and_then(|day| chrono::Weekday::try_from(day).ok());
        Ok(Slot {
            weekday: weekday.ok_or(Unreadable::Weekday(slot.weekday))?,
            start_minute: minute(&slot.start_time)?,
            end_minute: minute(&slot.end_time)?,
            is_break: slot.state() == proto::ScheduleState::Break,
        })
    });
    let holidays = schedule.holidays.iter().map(|holiday| {
        let date = NaiveDate::parse_from_str(&holiday.date, "%Y-%m-%d");
        date.map(Holiday)
            .map_err(|_| Unreadable::Date(holiday.date.clone()))
    });
    let read = Schedule {
        time_zone: time_zone(&schedule.time_zone)?,
        slots: slots.collect::<Result<_, Unreadable>>()?,
        holidays: holidays.collect::<Result<_, _>>()?,
        forced: forced.map(|state| (state, until)),
    };
    Ok((schedule.schedule_id.parse()?, read))
}

fn target(
    target: Option<proto::Target>,
    missing: impl FnOnce() -> Target,
) -> Result<Target, Unreadable> {
    Ok(match target.and_then(|target| target.kind) {
        None => missing(),
        Some(Kind::ExtensionId(id)) => Target::Extension(id.parse()?),
        Some(Kind::RingGroupId(id)) => Target::RingGroup(id.parse()?),
        Some(Kind::QueueId(id)) => Target::Queue(id.parse()?),
        Some(Kind::MenuId(id)) => Target::Menu(id.parse()?),
        Some(Kind::VoicemailOf(owner)) => Target::Voicemail(owner),
        Some(Kind::ExternalNumber(number)) => Target::External(number),
        Some(Kind::Announcement(prompt)) => Target::Announcement(prompt),
    })
}

fn voicemail(owner: impl Display) -> impl Fn() -> Target {
    let owner = owner.to_string();
    move || Target::Voicemail(owner.clone())
}

fn announcement(prompt: &'static str) -> impl Fn() -> Target {
    move || Target::Announcement(prompt.to_owned())
}

fn optional<T: FromStr<Err = IdError>>(id: &str) -> Result<Option<T>, Unreadable> {
    if id.is_empty() {
        Ok(None)
    } else {
        Ok(Some(id.parse()?))
    }
}

fn span(span: Option<prost_types::Duration>, missing: Duration) -> Duration {
    span.and_then(|span| span.try_into().ok())
        .unwrap_or(missing)
}

fn or_default(value: u32, default: u32) -> u32 {
    if value == 0 { default } else { value }
}

fn time_zone(name: &str) -> Result<Option<chrono_tz::Tz>, Unreadable> {
    if name.is_empty() {
        return Ok(None);
    }
    name.parse()
        .map(Some)
        .map_err(|_| Unreadable::TimeZone(name.to_owned()))
}

/// Minutes after midnight of `HH:MM`; `24:00` is 1440.
fn minute(text: &str) -> Result<u32, Unreadable> {
    let parsed = text.split_once(':').and_then(|(hour, minute)| {
        let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
        (hour * 60 + minute <= 1440 && minute < 60).then_some(hour * 60 + minute)
    });
    parsed.ok_or_else(|| Unreadable::TimeOfDay(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_gets_the_documented_default() {
        let id = ids::QueueId::generate();
        let sent = proto::Queue {
            queue_id: id.to_string(),
            ..proto::Queue::default()
        };
        let (read_id, read) = queue(sent).unwrap();
        assert_eq!(read_id, id);
        assert_eq!(read.ring_timeout, Duration::from_secs(15));
        assert_eq!(read.wrap_up, Duration::from_secs(10));
        assert_eq!(read.max_wait, Duration::ZERO);
        assert_eq!(read.full_target, Target::Voicemail(id.to_string()));
    }

    #[test]
    fn an_invalid_key_goes_where_no_key_goes() {
        let sent = proto::Menu {
            menu_id: ids::MenuId::generate().to_string(),
            timeout_target: Some(proto::Target {
                kind: Some(Kind::ExternalNumber("+4930".to_owned())),
            }),
            ..proto::Menu::default()
        };
        let (_, read) = menu(sent).unwrap();
        assert_eq!(read.invalid_target, Target::External("+4930".to_owned()));
        assert_eq!(read.attempts, 3);
    }

    #[test]
    fn times_of_day_are_minutes() {
        assert_eq!(minute("00:00").unwrap(), 0);
        assert_eq!(minute("09:30").unwrap(), 570);
        assert_eq!(minute("24:00").unwrap(), 1440);
        for bad in ["", "9", "24:01", "10:60", "x:y"] {
            assert!(minute(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_plan_with_a_broken_id_is_refused() {
        let sent = proto::Plan {
            account_id: "acc_1".to_owned(),
            ..proto::Plan::default()
        };
        assert!(plan(sent).is_err());
    }
}
