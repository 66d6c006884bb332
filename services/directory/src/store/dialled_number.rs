//! Whose a dialled number is, in the whole mesh.

use ids::AccountId;
use sea_orm::{ActiveValue::Set, QuerySelect, entity::prelude::*, sea_query::OnConflict};

use crate::{
    domain::{number::Number, phone::E164, resource::Record},
    error::Error,
};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "dialled_numbers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    e164: String,
    account_id: Uuid,
    number_id: Uuid,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Takes a number for an account, unless somebody in the mesh has it.
pub async fn take(
    db: &impl ConnectionTrait,
    account: AccountId,
    record: &Record<Number>,
) -> Result<(), Error> {
    let row = ActiveModel {
        e164: Set(record.value.e164.to_string()),
        account_id: Set(account.uuid()),
        number_id: Set(record.id.uuid()),
    };
    // Waits for another account that is taking it at the same time.
    let kept = OnConflict::column(Column::E164).do_nothing().to_owned();
    Entity::insert(row)
        .on_conflict(kept)
        .exec_without_returning(db)
        .await?;
    let owner = Entity::find_by_id(record.value.e164.as_str())
        .one(db)
        .await?;
    match owner {
        Some(owner) if owner.number_id == record.id.uuid() => Ok(()),
        _ => Err(Error::NumberTaken),
    }
}

/// The account that a number belongs to: the one question asked before the tenant is known.
pub async fn owner(db: &impl ConnectionTrait, e164: &E164) -> Result<Option<AccountId>, Error> {
    let row = Entity::find_by_id(e164.as_str())
        .select_only()
        .column(Column::AccountId);
    let account: Option<Uuid> = row.into_tuple().one(db).await?;
    Ok(account.map(AccountId::from_uuid))
}
