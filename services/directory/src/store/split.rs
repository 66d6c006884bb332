//! Splits under way and done.

use chrono::{DateTime, Utc};
use ids::{AccountId, SplitId, UserId};
use sea_orm::{
    Condition, ConnectionTrait, FromJsonQueryResult, IntoActiveModel as _, QuerySelect,
    entity::prelude::*,
};
use serde::{Deserialize, Serialize};

use super::{
    row::{Row, Unreadable},
    table::exactly_one,
};
use crate::{
    domain::{
        queue::QueueStrategy,
        ring_group::RingStrategy,
        split::{Person, Profile, Split, Successor, SuccessorKind},
        target::Place,
    },
    error::Error,
};

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "splits")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    split_id: Uuid,
    person_id: Uuid,
    successor_id: String,
    successor_name: String,
    strategy: String,
    #[sea_orm(column_type = "JsonBinary")]
    people: People,
    created_at: DateTimeUtc,
    switched_at: Option<DateTimeUtc>,
    deactivated_at: Option<DateTimeUtc>,
    archived_at: Option<DateTimeUtc>,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The people, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct People(Vec<PersonRow>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct PersonRow {
    extension_id: String,
    display_name: String,
    short_number: Option<String>,
    profile: Option<ProfileRow>,
    person_id: Option<String>,
    invited_at: Option<DateTime<Utc>>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct ProfileRow {
    first_name: String,
    last_name: String,
    email: String,
    job_title: String,
}

/// Masked: personal data has no place in a log.
impl std::fmt::Debug for ProfileRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProfileRow(…)")
    }
}

/// Writes a split that begins.
pub async fn insert(
    db: &impl ConnectionTrait,
    account: AccountId,
    split: &Split,
) -> Result<(), Error> {
    let row = row(account, split).into_active_model().reset_all();
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Writes how far a split is. It is locked.
pub async fn update(
    db: &impl ConnectionTrait,
    account: AccountId,
    split: &Split,
) -> Result<(), Error> {
    let mut row = row(account, split).into_active_model().reset_all();
    for column in [Column::AccountId, Column::SplitId] {
        row.not_set(column);
    }
    let result = Entity::update_many()
        .set(row)
        .filter(named(account, split.id))
        .exec(db)
        .await?;
    exactly_one(result.rows_affected)
}

/// A split.
pub async fn find(
    db: &impl ConnectionTrait,
    account: AccountId,
    id: SplitId,
) -> Result<Option<Split>, Error> {
    let row = Entity::find().filter(named(account, id)).one(db).await?;
    Ok(row.map(split).transpose()?)
}

/// A split, locked: whoever else takes a step of it waits until this transaction ends.
pub async fn lock(
    db: &impl ConnectionTrait,
    account: AccountId,
    id: SplitId,
) -> Result<Option<Split>, Error> {
    let row = Entity::find().filter(named(account, id)).lock_exclusive();
    Ok(row.one(db).await?.map(split).transpose()?)
}

/// The split of this person that is not done.
pub async fn of_person(
    db: &impl ConnectionTrait,
    account: AccountId,
    person: UserId,
) -> Result<Option<SplitId>, Error> {
    let row = Entity::find()
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::PersonId.eq(person.uuid()))
        .filter(Column::ArchivedAt.is_null())
        .one(db)
        .await?;
    Ok(row.map(|row| SplitId::from_uuid(row.split_id)))
}

fn named(account: AccountId, id: SplitId) -> Condition {
    Condition::all()
        .add(Column::AccountId.eq(account.uuid()))
        .add(Column::SplitId.eq(id.uuid()))
}

fn row(account: AccountId, split: &Split) -> Model {
    let strategy = match split.successor.kind {
        SuccessorKind::RingGroup(strategy) => strategy.name(),
        SuccessorKind::Queue(strategy) => strategy.name(),
    };
    let people = split.people.iter().map(|person| PersonRow {
        extension_id: person.extension.to_string(),
        display_name: person.display_name.to_string(),
        short_number: person.short_number.as_ref().map(ToString::to_string),
        profile: person.profile.as_ref().map(|profile| ProfileRow {
            first_name: profile.first_name.to_string(),
            last_name: profile.last_name.to_string(),
            email: profile.email.as_str().to_owned(),
            job_title: profile.job_title.to_string(),
        }),
        person_id: person.invited.map(|(id, _)| id.to_string()),
        invited_at: person.invited.map(|(_, at)| at),
    });
    Model {
        account_id: account.uuid(),
        split_id: split.id.uuid(),
        person_id: split.person.uuid(),
        successor_id: split.successor.place.to_string(),
        successor_name: split.successor.name.to_string(),
        strategy: strategy.to_owned(),
        people: People(people.collect()),
        created_at: split.created,
        switched_at: split.switched,
        deactivated_at: split.deactivated,
        archived_at: split.archived,
    }
}

fn split(model: Model) -> Result<Split, Unreadable> {
    let row = Row::of("splits", model.split_id);
    let place: Place = row.parse("successor_id", &model.successor_id)?;
    let kind = match place {
        Place::RingGroup(_) => RingStrategy::named(&model.strategy).map(SuccessorKind::RingGroup),
        Place::Queue(_) => QueueStrategy::named(&model.strategy).map(SuccessorKind::Queue),
        Place::Extension(_) | Place::Menu(_) => None,
    };
    let people = model.people.0.iter().map(|person| {
        let invited = person.person_id.as_ref().zip(person.invited_at);
        let profile = person.profile.as_ref().map(|profile| {
            Ok(Profile {
                first_name: row.parse("people", &profile.first_name)?,
                last_name: row.parse("people", &profile.last_name)?,
                email: row.parse("people", &profile.email)?,
                job_title: row.parse("people", &profile.job_title)?,
            })
        });
        let short_number = person.short_number.as_ref();
        Ok(Person {
            extension: row.parse("people", &person.extension_id)?,
            display_name: row.parse("people", &person.display_name)?,
            short_number: short_number
                .map(|number| row.parse("people", number))
                .transpose()?,
            profile: profile.transpose()?,
            invited: invited
                .map(|(id, at)| Ok((row.parse("people", id)?, at)))
                .transpose()?,
        })
    });
    Ok(Split {
        id: SplitId::from_uuid(model.split_id),
        person: UserId::from_uuid(model.person_id),
        successor: Successor {
            place,
            name: row.parse("successor_name", &model.successor_name)?,
            kind: row.required("strategy", kind)?,
        },
        people: people.collect::<Result<_, Unreadable>>()?,
        created: model.created_at,
        switched: model.switched_at,
        deactivated: model.deactivated_at,
        archived: model.archived_at,
    })
}
