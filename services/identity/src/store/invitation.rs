//! `invitations`.

use chrono::{DateTime, Utc};
use ids::{AccountId, InvitationId, UserId};
use sea_orm::{ActiveValue::Set, QuerySelect as _, entity::prelude::*};

use super::{Unreadable, digest};
use crate::{domain::invitation::Invitation, error::Error};

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    invitation_id: Uuid,
    user_id: Uuid,
    secret_digest: Vec<u8>,
    created_at: DateTimeUtc,
    expires_at: DateTimeUtc,
    ended_at: Option<DateTimeUtc>,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The invitation, which nobody else can accept before this transaction ends.
pub async fn lock(
    db: &impl ConnectionTrait,
    account: AccountId,
    invitation: InvitationId,
) -> Result<Option<Invitation>, Error> {
    let row = Entity::find_by_id((account.uuid(), invitation.uuid()))
        .lock_exclusive()
        .one(db)
        .await?;
    Ok(row.map(Invitation::try_from).transpose()?)
}

/// A new invitation, the only open one: [`end_open`] comes first.
pub async fn insert(db: &impl ConnectionTrait, invitation: &Invitation) -> Result<(), Error> {
    Entity::insert(ActiveModel::from(invitation))
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The invitation as it is now. It must have been locked.
pub async fn update(db: &impl ConnectionTrait, invitation: &Invitation) -> Result<(), Error> {
    Entity::update(ActiveModel::from(invitation))
        .exec(db)
        .await?;
    Ok(())
}

/// No invitation of this person is good any more.
pub async fn end_open(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::EndedAt, now.into())
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::EndedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

impl TryFrom<Model> for Invitation {
    type Error = Unreadable;

    fn try_from(row: Model) -> Result<Self, Unreadable> {
        Ok(Self {
            account: AccountId::from_uuid(row.account_id),
            id: InvitationId::from_uuid(row.invitation_id),
            user: UserId::from_uuid(row.user_id),
            digest: digest("invitations", "secret_digest", &row.secret_digest)?,
            created: row.created_at,
            expires: row.expires_at,
            ended: row.ended_at,
        })
    }
}

impl From<&Invitation> for ActiveModel {
    fn from(invitation: &Invitation) -> Self {
        Self {
            account_id: Set(invitation.account.uuid()),
            invitation_id: Set(invitation.id.uuid()),
            user_id: Set(invitation.user.uuid()),
            secret_digest: Set(invitation.digest.to_vec()),
            created_at: Set(invitation.created),
            expires_at: Set(invitation.expires),
            ended_at: Set(invitation.ended),
        }
    }
}
