//! Menus.

use ids::{AccountId, MenuId, ScheduleId};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use super::{
    row::{Row, Unreadable, millis},
    table::{Columns, Table},
};
use crate::domain::{
    menu::{Choice, Menu},
    resource::Record,
};

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "menus")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    menu_id: Uuid,
    display_name: String,
    prompt: String,
    #[sea_orm(column_type = "JsonBinary")]
    keys: Keys,
    key_timeout_ms: i64,
    attempts: i16,
    timeout_target: String,
    invalid_target: String,
    schedule_id: Option<Uuid>,
    closed_target: String,
    created_at: DateTimeUtc,
    updated_at: DateTimeUtc,
    version: i64,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The keys, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Keys(Vec<KeyRow>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KeyRow {
    key: String,
    label: String,
    target: String,
}

impl Table for Menu {
    type Entity = Entity;
    type Row = Model;
    type Active = ActiveModel;

    const COLUMNS: Columns<Column> = Columns {
        account: Column::AccountId,
        id: Column::MenuId,
        version: Column::Version,
    };

    fn row(account: AccountId, record: &Record<Self>) -> Model {
        let menu = &record.value;
        let keys = menu.keys.iter().map(|choice| KeyRow {
            key: choice.key.to_string(),
            label: choice.label.to_string(),
            target: choice.target.to_string(),
        });
        Model {
            account_id: account.uuid(),
            menu_id: record.id.uuid(),
            display_name: menu.display_name.to_string(),
            prompt: menu.prompt.to_string(),
            keys: Keys(keys.collect()),
            key_timeout_ms: millis(menu.key_timeout),
            attempts: menu.attempts.into(),
            timeout_target: menu.timeout.to_string(),
            invalid_target: menu.invalid.to_string(),
            schedule_id: menu.schedule.map(ScheduleId::uuid),
            closed_target: menu.closed.to_string(),
            created_at: record.created,
            updated_at: record.updated,
            version: record.version,
        }
    }

    fn record(model: Model) -> Result<Record<Self>, Unreadable> {
        let row = Row::of("menus", model.menu_id);
        let keys = model.keys.0.iter().map(|choice| {
            Ok(Choice {
                key: row.parse("keys", &choice.key)?,
                label: row.parse("keys", &choice.label)?,
                target: row.parse("keys", &choice.target)?,
            })
        });
        Ok(Record {
            id: MenuId::from_uuid(model.menu_id),
            value: Self {
                display_name: row.parse("display_name", &model.display_name)?,
                prompt: row.parse("prompt", &model.prompt)?,
                keys: keys.collect::<Result<_, Unreadable>>()?,
                key_timeout: row.duration("key_timeout_ms", model.key_timeout_ms)?,
                attempts: row.number("attempts", model.attempts)?,
                timeout: row.parse("timeout_target", &model.timeout_target)?,
                invalid: row.parse("invalid_target", &model.invalid_target)?,
                schedule: model.schedule_id.map(ScheduleId::from_uuid),
                closed: row.parse("closed_target", &model.closed_target)?,
            },
            version: model.version,
            created: model.created_at,
            updated: model.updated_at,
        })
    }
}
