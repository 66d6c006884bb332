//! What leads where.

use access::{Covered, Covers};
use ids::AccountId;
use sea_orm::{
    ActiveValue::Set, Condition, ConnectionTrait, FromQueryResult, Statement, entity::prelude::*,
    sea_query::Query,
};

use super::{resource, table::Table};
use crate::{
    domain::{
        key::{Key, Kind},
        link::{End, Link},
        loops::Transfer,
    },
    error::Error,
};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "links")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    source_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    field: String,
    target_id: Option<Uuid>,
    e164: Option<String>,
    automatic: bool,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Rows of one statement; Postgres takes 65 535 parameters.
const BATCH: usize = 5000;

/// Makes `links` everything that `source` mentions.
pub async fn replace(
    db: &impl ConnectionTrait,
    account: AccountId,
    source: Key,
    links: &[Link],
) -> Result<(), Error> {
    Entity::delete_many()
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::SourceId.eq(source.uuid))
        .exec(db)
        .await?;
    for batch in links.chunks(BATCH) {
        let rows = batch.iter().map(|link| {
            let (target_id, e164) = match &link.end {
                End::Resource(key) => (Some(key.uuid), None),
                End::Number(number) => (None, Some(number.to_string())),
            };
            ActiveModel {
                account_id: Set(account.uuid()),
                source_id: Set(source.uuid),
                field: Set(link.field.clone()),
                target_id: Set(target_id),
                e164: Set(e164),
                automatic: Set(link.automatic),
            }
        });
        Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Ends {
    source_id: Uuid,
    source_kind: String,
    target_id: Uuid,
    target_kind: String,
}

/// Every automatic transfer of the account. A number outside that is the account's own leads back
/// in.
pub async fn transfers(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Vec<Transfer>, Error> {
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        include_str!("link/transfers.sql"),
        [account.uuid().into()],
    );
    let rows = Ends::find_by_statement(statement).all(db).await?;
    let transfers = rows.into_iter().map(|row| {
        Ok((
            resource::key(row.source_id, &row.source_kind)?,
            resource::key(row.target_id, &row.target_kind)?,
        ))
    });
    transfers.collect()
}

/// What a supervisor of `covers` sees: these, the extensions of their members, and the numbers
/// that lead straight to them.
#[must_use]
pub fn around<R: Table>(account: AccountId, covers: &Covers) -> Condition {
    let covered: Vec<Uuid> = covers.as_slice().iter().map(Covered::uuid).collect();
    let linked = |column| {
        let mut links = Query::select();
        links
            .column(column)
            .from(Entity)
            .and_where(Column::AccountId.eq(account.uuid()));
        links
    };
    let seen = Condition::any().add(R::COLUMNS.id.is_in(covered.iter().copied()));
    match R::KIND {
        Kind::Number => {
            let mut leading = linked(Column::SourceId);
            leading.and_where(Column::TargetId.is_in(covered));
            seen.add(R::COLUMNS.id.in_subquery(leading))
        }
        Kind::Extension => {
            let mut members = linked(Column::TargetId);
            members
                .and_where(Column::SourceId.is_in(covered))
                .and_where(Column::Field.starts_with("member"));
            seen.add(R::COLUMNS.id.in_subquery(members))
        }
        Kind::RingGroup | Kind::Queue | Kind::Menu | Kind::Schedule => seen,
    }
}

/// A resource that mentions `target`, other than itself.
pub async fn user_of(
    db: &impl ConnectionTrait,
    account: AccountId,
    target: Key,
) -> Result<Option<Key>, Error> {
    let link = Entity::find()
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::TargetId.eq(target.uuid))
        .filter(Column::SourceId.ne(target.uuid))
        .one(db)
        .await?;
    let Some(link) = link else { return Ok(None) };
    let user = resource::Entity::find_by_id((account.uuid(), link.source_id))
        .one(db)
        .await?;
    Ok(user
        .map(|row| resource::key(row.resource_id, &row.kind))
        .transpose()?)
}
