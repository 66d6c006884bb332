//! Ring groups.

use ids::{AccountId, RingGroupId};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use super::{
    row::{Row, Unreadable, millis},
    table::{Columns, Table},
};
use crate::domain::{
    resource::Record,
    ring_group::{RingGroup, RingStrategy},
};

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ring_groups")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    ring_group_id: Uuid,
    display_name: String,
    #[sea_orm(column_type = "JsonBinary")]
    member_ids: Members,
    strategy: String,
    ring_timeout_ms: i64,
    no_answer_target: String,
    created_at: DateTimeUtc,
    updated_at: DateTimeUtc,
    version: i64,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The members, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Members(Vec<String>);

impl Table for RingGroup {
    type Entity = Entity;
    type Row = Model;
    type Active = ActiveModel;

    const COLUMNS: Columns<Column> = Columns {
        account: Column::AccountId,
        id: Column::RingGroupId,
        version: Column::Version,
    };

    fn row(account: AccountId, record: &Record<Self>) -> Model {
        let group = &record.value;
        Model {
            account_id: account.uuid(),
            ring_group_id: record.id.uuid(),
            display_name: group.display_name.to_string(),
            member_ids: Members(group.members.iter().map(ToString::to_string).collect()),
            strategy: group.strategy.name().to_owned(),
            ring_timeout_ms: millis(group.ring_timeout),
            no_answer_target: group.no_answer.to_string(),
            created_at: record.created,
            updated_at: record.updated,
            version: record.version,
        }
    }

    fn record(model: Model) -> Result<Record<Self>, Unreadable> {
        let row = Row::of("ring_groups", model.ring_group_id);
        Ok(Record {
            id: RingGroupId::from_uuid(model.ring_group_id),
            value: Self {
                display_name: row.parse("display_name", &model.display_name)?,
                members: row.list("member_ids", &model.member_ids.0)?,
                strategy: row.required("strategy", RingStrategy::named(&model.strategy))?,
                ring_timeout: row.duration("ring_timeout_ms", model.ring_timeout_ms)?,
                no_answer: row.parse("no_answer_target", &model.no_answer_target)?,
            },
            version: model.version,
            created: model.created_at,
            updated: model.updated_at,
        })
    }
}
