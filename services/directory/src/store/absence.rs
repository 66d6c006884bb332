//! People who are not to be reached.

use ids::{AccountId, UserId};
use sea_orm::{
    ActiveValue::Set, FromJsonQueryResult, QueryOrder as _, entity::prelude::*,
    sea_query::OnConflict,
};
use serde::{Deserialize, Serialize};

use super::row::{Row, Unreadable};
use crate::{
    domain::absence::{Absence, Handed, Standing},
    error::Error,
};

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "absences")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    person_id: Uuid,
    standing: String,
    since: DateTimeUtc,
    #[sea_orm(column_type = "JsonBinary")]
    handed: HandedRows,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The numbers, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct HandedRows(Vec<HandedRow>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct HandedRow {
    number_id: String,
    to: String,
    target: Option<String>,
    closed: Option<String>,
}

fn absence(model: Model) -> Result<Absence, Unreadable> {
    let row = Row::of("absences", model.person_id);
    let handed = model.handed.0.iter().map(|one| {
        let before = |text: &Option<String>| {
            let text = text.as_deref();
            text.map(|text| row.parse("handed", text)).transpose()
        };
        Ok(Handed {
            number: row.parse("handed", &one.number_id)?,
            to: row.parse("handed", &one.to)?,
            target: before(&one.target)?,
            closed: before(&one.closed)?,
        })
    });
    Ok(Absence {
        person: UserId::from_uuid(model.person_id),
        standing: row.required("standing", Standing::named(&model.standing))?,
        since: model.since,
        handed: handed.collect::<Result<_, Unreadable>>()?,
    })
}

/// The absence of a person, unless they are there.
pub async fn find(
    db: &impl ConnectionTrait,
    account: AccountId,
    person: UserId,
) -> Result<Option<Absence>, Error> {
    let key = (account.uuid(), person.uuid());
    let row = Entity::find_by_id(key).one(db).await?;
    Ok(row.map(absence).transpose()?)
}

/// Everybody of the account who is absent, by id.
pub async fn list(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<Absence>, Error> {
    let rows = Entity::find()
        .filter(Column::AccountId.eq(account.uuid()))
        .order_by_asc(Column::PersonId)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(absence).collect::<Result<_, _>>()?)
}

/// The absence as it is now.
pub async fn put(
    db: &impl ConnectionTrait,
    account: AccountId,
    absence: &Absence,
) -> Result<(), Error> {
    let handed = absence.handed.iter().map(|one| HandedRow {
        number_id: one.number.to_string(),
        to: one.to.to_string(),
        target: one.target.as_ref().map(ToString::to_string),
        closed: one.closed.as_ref().map(ToString::to_string),
    });
    let row = ActiveModel {
        account_id: Set(account.uuid()),
        person_id: Set(absence.person.uuid()),
        standing: Set(absence.standing.name().to_owned()),
        since: Set(absence.since),
        handed: Set(HandedRows(handed.collect())),
    };
    let there = OnConflict::columns([Column::AccountId, Column::PersonId])
        .update_columns([Column::Standing, Column::Since, Column::Handed])
        .to_owned();
    Entity::insert(row)
        .on_conflict(there)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The person is back.
pub async fn end(
    db: &impl ConnectionTrait,
    account: AccountId,
    person: UserId,
) -> Result<(), Error> {
    Entity::delete_by_id((account.uuid(), person.uuid()))
        .exec(db)
        .await?;
    Ok(())
}
