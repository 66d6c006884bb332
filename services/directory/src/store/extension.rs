//! Extensions.

use std::collections::HashMap;

use ::store::Transaction;
use ids::{AccountId, ExtensionId, UserId};
use sea_orm::{
    Condition, ConnectionTrait, FromJsonQueryResult, QuerySelect, entity::prelude::*,
    sea_query::Query,
};
use serde::{Deserialize, Serialize};

use super::{
    link,
    row::{Row, Unreadable, millis},
    table::{Columns, Table},
};
use crate::{
    domain::{
        extension::{Device, DeviceKind, Extension},
        resource::Record,
    },
    error::Error,
};

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "extensions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    extension_id: Uuid,
    person_id: Uuid,
    short_number: String,
    display_name: String,
    #[sea_orm(column_type = "JsonBinary")]
    devices: Devices,
    ring_timeout_ms: i64,
    busy_target: String,
    no_answer_target: String,
    created_at: DateTimeUtc,
    updated_at: DateTimeUtc,
    version: i64,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The devices, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Devices(Vec<DeviceRow>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct DeviceRow {
    device_id: String,
    kind: String,
    label: String,
}

impl Table for Extension {
    type Entity = Entity;
    type Row = Model;
    type Active = ActiveModel;

    const COLUMNS: Columns<Column> = Columns {
        account: Column::AccountId,
        id: Column::ExtensionId,
        version: Column::Version,
    };

    fn row(account: AccountId, record: &Record<Self>) -> Model {
        let extension = &record.value;
        let devices = extension.devices.iter().map(|device| DeviceRow {
            device_id: device.id.to_string(),
            kind: device.kind.name().to_owned(),
            label: device.label.to_string(),
        });
        Model {
            account_id: account.uuid(),
            extension_id: record.id.uuid(),
            person_id: extension.person.uuid(),
            short_number: extension.short_number.to_string(),
            display_name: extension.display_name.to_string(),
            devices: Devices(devices.collect()),
            ring_timeout_ms: millis(extension.ring_timeout),
            busy_target: extension.busy.to_string(),
            no_answer_target: extension.no_answer.to_string(),
            created_at: record.created,
            updated_at: record.updated,
            version: record.version,
        }
    }

    fn record(model: Model) -> Result<Record<Self>, Unreadable> {
        let row = Row::of("extensions", model.extension_id);
        let devices = model.devices.0.iter().map(|device| {
            Ok(Device {
                id: row.parse("devices", &device.device_id)?,
                kind: row.required("devices", DeviceKind::named(&device.kind))?,
                label: row.parse("devices", &device.label)?,
            })
        });
        Ok(Record {
            id: ExtensionId::from_uuid(model.extension_id),
            value: Self {
                person: UserId::from_uuid(model.person_id),
                short_number: row.parse("short_number", &model.short_number)?,
                display_name: row.parse("display_name", &model.display_name)?,
                devices: devices.collect::<Result<_, Unreadable>>()?,
                ring_timeout: row.duration("ring_timeout_ms", model.ring_timeout_ms)?,
                busy: row.parse("busy_target", &model.busy_target)?,
                no_answer: row.parse("no_answer_target", &model.no_answer_target)?,
            },
            version: model.version,
            created: model.created_at,
            updated: model.updated_at,
        })
    }

    /// One extension a person, one short number an extension.
    async fn guard(
        tx: &Transaction,
        account: AccountId,
        record: &Record<Self>,
    ) -> Result<(), Error> {
        let others = Entity::find()
            .filter(Column::AccountId.eq(account.uuid()))
            .filter(Column::ExtensionId.ne(record.id.uuid()));
        let person = Column::PersonId.eq(record.value.person.uuid());
        if let Some(other) = others.clone().filter(person).one(tx).await? {
            return Err(Error::ExtensionExists(ExtensionId::from_uuid(
                other.extension_id,
            )));
        }
        let short_number = Column::ShortNumber.eq(record.value.short_number.as_str());
        match others.filter(short_number).one(tx).await? {
            Some(_) => Err(Error::ShortNumberTaken),
            None => Ok(()),
        }
    }
}

/// The extensions of those among `people` who have one.
pub async fn of_people(
    db: &impl ConnectionTrait,
    account: AccountId,
    people: &[UserId],
) -> Result<HashMap<UserId, ExtensionId>, Error> {
    let rows: Vec<(Uuid, Uuid)> = Entity::find()
        .select_only()
        .columns([Column::PersonId, Column::ExtensionId])
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::PersonId.is_in(people.iter().map(|person| person.uuid())))
        .into_tuple()
        .all(db)
        .await?;
    let pairs = rows.into_iter();
    Ok(pairs
        .map(|(person, id)| (UserId::from_uuid(person), ExtensionId::from_uuid(id)))
        .collect())
}

/// The one of this person; all of them if nobody is named.
#[must_use]
pub fn of_person(person: Option<UserId>) -> Condition {
    Condition::all().add_option(person.map(|person| Column::PersonId.eq(person.uuid())))
}

/// What a person is concerned by: their extension, and whatever leads to it.
#[must_use]
pub fn concerns<R: Table>(account: AccountId, person: UserId) -> Condition {
    let own = Query::select()
        .column(Column::ExtensionId)
        .from(Entity)
        .and_where(Column::AccountId.eq(account.uuid()))
        .and_where(Column::PersonId.eq(person.uuid()))
        .to_owned();
    let leading_there = Query::select()
        .column(link::Column::SourceId)
        .from(link::Entity)
        .and_where(link::Column::AccountId.eq(account.uuid()))
        .and_where(link::Column::TargetId.in_subquery(own.clone()))
        .to_owned();
    Condition::any()
        .add(R::COLUMNS.id.in_subquery(own))
        .add(R::COLUMNS.id.in_subquery(leading_there))
}
