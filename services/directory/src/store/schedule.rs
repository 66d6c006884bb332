//! Schedules.

use chrono::Weekday;
use ids::{AccountId, ScheduleId};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use super::{
    row::{Row, Unreadable},
    table::{Columns, Table},
};
use crate::domain::{
    resource::Record,
    schedule::{Forced, Schedule, Slot, State},
};

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "schedules")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    schedule_id: Uuid,
    display_name: String,
    time_zone: String,
    #[sea_orm(column_type = "JsonBinary")]
    slots: Slots,
    #[sea_orm(column_type = "JsonBinary")]
    holidays: Holidays,
    override_state: Option<String>,
    override_until: Option<DateTimeUtc>,
    created_at: DateTimeUtc,
    updated_at: DateTimeUtc,
    version: i64,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The slots, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Slots(Vec<SlotRow>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SlotRow {
    weekday: Weekday,
    start: String,
    end: String,
    state: String,
}

/// The holidays, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Holidays(Vec<HolidayRow>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct HolidayRow {
    date: Date,
    label: String,
}

impl Table for Schedule {
    type Entity = Entity;
    type Row = Model;
    type Active = ActiveModel;

    const COLUMNS: Columns<Column> = Columns {
        account: Column::AccountId,
        id: Column::ScheduleId,
        version: Column::Version,
    };

    fn row(account: AccountId, record: &Record<Self>) -> Model {
        let schedule = &record.value;
        let slots = schedule.slots.iter().map(|slot| SlotRow {
            weekday: slot.weekday,
            start: slot.start.to_string(),
            end: slot.end.to_string(),
            state: slot.state().name().to_owned(),
        });
        let holidays = schedule.holidays.iter().map(|(date, label)| HolidayRow {
            date: *date,
            label: label.to_string(),
        });
        Model {
            account_id: account.uuid(),
            schedule_id: record.id.uuid(),
            display_name: schedule.display_name.to_string(),
            time_zone: schedule.time_zone.to_string(),
            slots: Slots(slots.collect()),
            holidays: Holidays(holidays.collect()),
            override_state: schedule
                .forced
                .map(|forced| forced.state().name().to_owned()),
            override_until: schedule.forced.and_then(|forced| forced.until),
            created_at: record.created,
            updated_at: record.updated,
            version: record.version,
        }
    }

    fn record(model: Model) -> Result<Record<Self>, Unreadable> {
        let row = Row::of("schedules", model.schedule_id);
        let slots = model.slots.0.iter().map(|slot| {
            Ok(Slot {
                weekday: slot.weekday,
                start: row.parse("slots", &slot.start)?,
                end: row.parse("slots", &slot.end)?,
                is_break: state(&row, "slots", &slot.state)? == State::Break,
            })
        });
        let holidays = model
            .holidays
            .0
            .iter()
            .map(|day| Ok((day.date, row.parse("holidays", &day.label)?)));
        let forced = model.override_state.as_deref().map(|name| {
            let open = state(&row, "override_state", name)? == State::Open;
            Ok(Forced {
                open,
                until: model.override_until,
            })
        });
        Ok(Record {
            id: ScheduleId::from_uuid(model.schedule_id),
            value: Self {
                display_name: row.parse("display_name", &model.display_name)?,
                time_zone: row.parse("time_zone", &model.time_zone)?,
                slots: slots.collect::<Result<_, Unreadable>>()?,
                holidays: holidays.collect::<Result<_, Unreadable>>()?,
                forced: forced.transpose()?,
            },
            version: model.version,
            created: model.created_at,
            updated: model.updated_at,
        })
    }
}

fn state(row: &Row, column: &'static str, name: &str) -> Result<State, Unreadable> {
    row.required(column, State::named(name))
}
