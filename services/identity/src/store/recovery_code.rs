//! `recovery_codes`: those that are still good.

use ids::{AccountId, UserId};
use sea_orm::{ActiveValue::Set, entity::prelude::*};

use crate::error::Error;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "recovery_codes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    user_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    code_digest: Vec<u8>,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// How many the person has left.
pub async fn count(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
) -> Result<u64, Error> {
    let left = Entity::find()
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .count(db)
        .await?;
    Ok(left)
}

/// The person has exactly these from now on; how many they had before.
pub async fn replace(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
    digests: &[[u8; 32]],
) -> Result<u64, Error> {
    let deleted = Entity::delete_many()
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .exec(db)
        .await?;
    let rows = digests.iter().map(|digest| ActiveModel {
        account_id: Set(account.uuid()),
        user_id: Set(user.uuid()),
        code_digest: Set(digest.to_vec()),
    });
    if !digests.is_empty() {
        Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(deleted.rows_affected)
}

/// Uses the code of this digest up; whether it was still good. Of two who come with one code
/// the second finds it gone.
pub async fn spend(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
    digest: &[u8; 32],
) -> Result<bool, Error> {
    let spent = Entity::delete_by_id((account.uuid(), user.uuid(), digest.to_vec()))
        .exec(db)
        .await?;
    Ok(spent.rows_affected == 1)
}
