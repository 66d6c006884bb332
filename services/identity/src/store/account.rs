//! `accounts`.

use ids::{AccountId, UserId};
use sea_orm::{ActiveValue::Set, QuerySelect as _, entity::prelude::*};

use super::{Unreadable, read, user};
use crate::{
    domain::{
        account::{Account, AccountState, Settings},
        seats::SeatUsage,
        sharing,
        user::UserState,
    },
    error::Error,
};

const TABLE: &str = "accounts";

/// A row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    display_name: String,
    time_zone: String,
    country_code: String,
    seats: i32,
    state: String,
    owner_id: Uuid,
    created_at: DateTimeUtc,
    updated_at: DateTimeUtc,
    version: i64,
    second_factor_roles: String,
    sharing_policy: String,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The account.
pub async fn find(db: &impl ConnectionTrait, account: AccountId) -> Result<Option<Account>, Error> {
    let row = Entity::find_by_id(account.uuid()).one(db).await?;
    Ok(row.map(Account::try_from).transpose()?)
}

/// The account, with everybody else who would change it or its people kept waiting: a company
/// is administered one change at a time, which is what makes counting seats and checking ranks
/// safe.
pub async fn lock(db: &impl ConnectionTrait, account: AccountId) -> Result<Option<Account>, Error> {
    let row = Entity::find_by_id(account.uuid())
        .lock_exclusive()
        .one(db)
        .await?;
    Ok(row.map(Account::try_from).transpose()?)
}

/// A new account.
pub async fn insert(db: &impl ConnectionTrait, account: &Account) -> Result<(), Error> {
    Entity::insert(ActiveModel::from(account))
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The account as it is now. It must have been locked.
pub async fn update(db: &impl ConnectionTrait, account: &Account) -> Result<(), Error> {
    Entity::update(ActiveModel::from(account)).exec(db).await?;
    Ok(())
}

/// Seats of the plan and seats taken.
pub async fn seat_usage(db: &impl ConnectionTrait, account: &Account) -> Result<SeatUsage, Error> {
    let seated = [UserState::Invited, UserState::Active].map(UserState::name);
    let used = user::Entity::find()
        .filter(user::Column::AccountId.eq(account.id.uuid()))
        .filter(user::Column::State.is_in(seated))
        .count(db)
        .await?;
    Ok(SeatUsage {
        seats: account.settings.seats,
        used: u32::try_from(used).unwrap_or(u32::MAX),
    })
}

impl TryFrom<Model> for Account {
    type Error = Unreadable;

    fn try_from(row: Model) -> Result<Self, Unreadable> {
        let state = AccountState::named(&row.state);
        Ok(Self {
            id: AccountId::from_uuid(row.account_id),
            settings: Settings {
                display_name: read(TABLE, "display_name", &row.display_name)?,
                time_zone: read(TABLE, "time_zone", &row.time_zone)?,
                country: read(TABLE, "country_code", &row.country_code)?,
                seats: u32::try_from(row.seats)
                    .map_err(|why| Unreadable::new(TABLE, "seats", why))?,
                second_factor: read(TABLE, "second_factor_roles", &row.second_factor_roles)?,
                sharing: sharing::Policy::named(&row.sharing_policy)
                    .ok_or_else(|| Unreadable::new(TABLE, "sharing_policy", "unknown"))?,
            },
            state: state.ok_or_else(|| Unreadable::new(TABLE, "state", "unknown"))?,
            owner: UserId::from_uuid(row.owner_id),
            created: row.created_at,
            updated: row.updated_at,
            version: row.version,
        })
    }
}

impl From<&Account> for ActiveModel {
    fn from(account: &Account) -> Self {
        Self {
            account_id: Set(account.id.uuid()),
            display_name: Set(account.settings.display_name.to_string()),
            time_zone: Set(account.settings.time_zone.name().to_owned()),
            country_code: Set(account.settings.country.to_string()),
            seats: Set(i32::try_from(account.settings.seats).unwrap_or(i32::MAX)),
            state: Set(account.state.name().to_owned()),
            owner_id: Set(account.owner.uuid()),
            created_at: Set(account.created),
            updated_at: Set(account.updated),
            version: Set(account.version),
            second_factor_roles: Set(account.settings.second_factor.to_string()),
            sharing_policy: Set(account.settings.sharing.name().to_owned()),
        }
    }
}
