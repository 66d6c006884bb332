//! Queues.

use ids::{AccountId, QueueId};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use super::{
    row::{Row, Unreadable, millis},
    table::{Columns, Table},
};
use crate::domain::{
    queue::{Member, Queue, QueueStrategy},
    resource::Record,
};

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "queues")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    queue_id: Uuid,
    display_name: String,
    #[sea_orm(column_type = "JsonBinary")]
    members: Members,
    strategy: String,
    ring_timeout_ms: i64,
    wrap_up_ms: i64,
    max_wait_ms: i64,
    max_size: i32,
    join_empty: bool,
    max_misses: i16,
    service_level_threshold_ms: i64,
    short_abandon_threshold_ms: i64,
    too_long_target: String,
    full_target: String,
    empty_target: String,
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
pub struct Members(Vec<MemberRow>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct MemberRow {
    person_id: String,
    tier: u8,
    dynamic: bool,
}

impl Table for Queue {
    type Entity = Entity;
    type Row = Model;
    type Active = ActiveModel;

    const COLUMNS: Columns<Column> = Columns {
        account: Column::AccountId,
        id: Column::QueueId,
        version: Column::Version,
    };

    fn row(account: AccountId, record: &Record<Self>) -> Model {
        let queue = &record.value;
        let members = queue.members.iter().map(|member| MemberRow {
            person_id: member.person.to_string(),
            tier: member.tier,
            dynamic: member.dynamic,
        });
        Model {
            account_id: account.uuid(),
            queue_id: record.id.uuid(),
            display_name: queue.display_name.to_string(),
            members: Members(members.collect()),
            strategy: queue.strategy.name().to_owned(),
            ring_timeout_ms: millis(queue.ring_timeout),
            wrap_up_ms: millis(queue.wrap_up),
            max_wait_ms: millis(queue.max_wait),
            max_size: i32::try_from(queue.max_size).unwrap_or(i32::MAX),
            join_empty: queue.join_empty,
            max_misses: queue.max_misses.into(),
            service_level_threshold_ms: millis(queue.service_level),
            short_abandon_threshold_ms: millis(queue.short_abandon),
            too_long_target: queue.too_long.to_string(),
            full_target: queue.full.to_string(),
            empty_target: queue.empty.to_string(),
            created_at: record.created,
            updated_at: record.updated,
            version: record.version,
        }
    }

    fn record(model: Model) -> Result<Record<Self>, Unreadable> {
        let row = Row::of("queues", model.queue_id);
        let members = model.members.0.into_iter().map(|member| {
            let person = row.parse("members", &member.person_id)?;
            Ok(Member {
                person,
                tier: member.tier,
                dynamic: member.dynamic,
            })
        });
        Ok(Record {
            id: QueueId::from_uuid(model.queue_id),
            value: Self {
                display_name: row.parse("display_name", &model.display_name)?,
                members: members.collect::<Result<_, Unreadable>>()?,
                strategy: row.required("strategy", QueueStrategy::named(&model.strategy))?,
                ring_timeout: row.duration("ring_timeout_ms", model.ring_timeout_ms)?,
                wrap_up: row.duration("wrap_up_ms", model.wrap_up_ms)?,
                max_wait: row.duration("max_wait_ms", model.max_wait_ms)?,
                max_size: row.number("max_size", model.max_size)?,
                join_empty: model.join_empty,
                max_misses: row.number("max_misses", model.max_misses)?,
                service_level: row.duration(
                    "service_level_threshold_ms",
                    model.service_level_threshold_ms,
                )?,
                short_abandon: row.duration(
                    "short_abandon_threshold_ms",
                    model.short_abandon_threshold_ms,
                )?,
                too_long: row.parse("too_long_target", &model.too_long_target)?,
                full: row.parse("full_target", &model.full_target)?,
                empty: row.parse("empty_target", &model.empty_target)?,
            },
            version: model.version,
            created: model.created_at,
            updated: model.updated_at,
        })
    }
}
