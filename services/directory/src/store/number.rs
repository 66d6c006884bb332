//! Numbers.

use ::store::Transaction;
use ids::{AccountId, NumberId, ScheduleId};
use sea_orm::entity::prelude::*;

use super::{
    dialled_number,
    row::{Row, Unreadable},
    table::{Columns, Table},
};
use crate::{
    domain::{number::Number, phone::E164, resource::Record},
    error::Error,
};

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "numbers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    number_id: Uuid,
    e164: String,
    label: String,
    target: String,
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

impl Table for Number {
    type Entity = Entity;
    type Row = Model;
    type Active = ActiveModel;

    const COLUMNS: Columns<Column> = Columns {
        account: Column::AccountId,
        id: Column::NumberId,
        version: Column::Version,
    };

    fn row(account: AccountId, record: &Record<Self>) -> Model {
        let number = &record.value;
        Model {
            account_id: account.uuid(),
            number_id: record.id.uuid(),
            e164: number.e164.to_string(),
            label: number.label.to_string(),
            target: number.target.to_string(),
            schedule_id: number.schedule.map(ScheduleId::uuid),
            closed_target: number.closed.to_string(),
            created_at: record.created,
            updated_at: record.updated,
            version: record.version,
        }
    }

    fn record(model: Model) -> Result<Record<Self>, Unreadable> {
        let row = Row::of("numbers", model.number_id);
        Ok(Record {
            id: NumberId::from_uuid(model.number_id),
            value: Self {
                e164: E164::kept(&model.e164).map_err(|_| row.unreadable("e164"))?,
                label: row.parse("label", &model.label)?,
                target: row.parse("target", &model.target)?,
                schedule: model.schedule_id.map(ScheduleId::from_uuid),
                closed: row.parse("closed_target", &model.closed_target)?,
            },
            version: model.version,
            created: model.created_at,
            updated: model.updated_at,
        })
    }

    async fn guard(
        tx: &Transaction,
        account: AccountId,
        record: &Record<Self>,
    ) -> Result<(), Error> {
        dialled_number::take(tx, account, record).await
    }
}
