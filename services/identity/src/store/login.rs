//! `logins`: whose an e-mail address is, across the mesh.

use ids::{AccountId, UserId};
use sea_orm::{ActiveValue::Set, entity::prelude::*, sea_query::OnConflict};

use crate::{
    domain::{email::Email, user::User},
    error::Error,
};

/// A row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "logins")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    email_key: String,
    account_id: Uuid,
    user_id: Uuid,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Whose it is. The one question that is asked before the tenant is known.
pub async fn whose(
    db: &impl ConnectionTrait,
    email: &Email,
) -> Result<Option<(AccountId, UserId)>, Error> {
    let row = Entity::find_by_id(email.key()).one(db).await?;
    Ok(row.map(|row| {
        (
            AccountId::from_uuid(row.account_id),
            UserId::from_uuid(row.user_id),
        )
    }))
}

/// The address belongs to `user` from now on, or somebody has it already. That is no failed
/// statement, which would end the transaction: an import goes on with the next row.
pub async fn claim(db: &impl ConnectionTrait, user: &User) -> Result<(), Error> {
    let row = ActiveModel {
        email_key: Set(user.email.key().to_owned()),
        account_id: Set(user.account.uuid()),
        user_id: Set(user.id.uuid()),
    };
    let unless_taken = OnConflict::column(Column::EmailKey).do_nothing().to_owned();
    let claimed = Entity::insert(row)
        .on_conflict(unless_taken)
        .exec_without_returning(db)
        .await?;
    if claimed == 1 {
        Ok(())
    } else {
        Err(Error::EmailTaken)
    }
}

/// The address of `user` is free again: they changed it.
pub async fn release(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
) -> Result<(), Error> {
    Entity::delete_many()
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .exec(db)
        .await?;
    Ok(())
}
