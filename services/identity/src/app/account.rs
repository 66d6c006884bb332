//! Companies.

use ::store::Transaction;
use access::{Permission, Role};
use chrono_tz::Tz;
use ids::{AccountId, UserId};

use super::{
    App,
    audit::Change,
    caller::{Origin, Person},
    invitation::choose,
};
use crate::{
    domain::{
        account::{Account, Country, Settings},
        grant::{Grant, Roles},
        line::Name,
        seats::SeatUsage,
        user::{Profile, User},
    },
    error::Error,
    store,
};

/// A company about to be.
#[derive(Debug, Clone)]
pub struct Founding {
    /// Its id.
    pub account: Account,
    /// Its owner.
    pub owner: User,
    /// The hash of the owner's password, if they have one already.
    pub password_hash: Option<String>,
}

/// New values for some settings.
#[derive(Debug, Clone, Default)]
pub struct SettingsEdit {
    /// What it is called.
    pub display_name: Option<Name>,
    /// Where its clocks hang.
    pub time_zone: Option<Tz>,
    /// How its national numbers are read.
    pub country: Option<Country>,
    /// How many people it seats.
    pub seats: Option<u32>,
}

impl App {
    /// A company with its owner, before anything is written. The hash is dear and therefore
    /// outside every transaction.
    pub async fn prepare_founding(
        &self,
        settings: Settings,
        owner: Profile,
        password: Option<String>,
    ) -> Result<Founding, Error> {
        let now = self.clock.now();
        let (account, user) = (AccountId::generate(), UserId::generate());
        let account = Account::founded(account, user, settings, now);
        let mut owner = User::invited(account.id, user, owner, now);
        let mut password_hash = None;
        if let Some(password) = password {
            let password = choose(password, "owner_password", &owner, &account)?;
            password_hash = Some(self.hasher.hash(password).await?);
            owner = owner.accept(now)?;
        }
        Ok(Founding {
            account,
            owner,
            password_hash,
        })
    }

    /// Writes it; the owner's invitation, empty if they have a password.
    pub async fn found(
        &self,
        tx: &Transaction,
        by: &Origin,
        founding: &Founding,
    ) -> Result<String, Error> {
        let Founding {
            account,
            owner,
            password_hash,
        } = founding;
        store::account::insert(tx, account).await?;
        store::user::insert(tx, owner).await?;
        store::login::claim(tx, owner).await?;
        let grant = Grant {
            user: owner.id,
            role: Role::Owner,
            covers: Vec::new(),
            granted_by: by.actor.clone(),
            granted: account.created,
        };
        store::grant::put(tx, account.id, &grant).await?;
        let token = match password_hash {
            Some(hash) => {
                store::credential::put(tx, account.id, owner.id, hash.clone(), account.created)
                    .await?;
                String::new()
            }
            None => self.new_invitation(tx, account.id, owner.id).await?,
        };
        Change::new("account.created", account.id)
            .field("display_name", "", &account.settings.display_name)
            .field("seats", "", account.settings.seats)
            .field("owner_id", "", owner.id)
            .record(tx, account.id, by)
            .await?;
        Ok(token)
    }

    /// The account.
    pub async fn account(&self, account: AccountId) -> Result<Account, Error> {
        self.store
            .tenant_transaction(account, async |tx| store::account::find(&tx, account).await)
            .await?
            .ok_or(Error::AccountNotFound)
    }

    /// Seats of the plan and seats taken.
    pub async fn seat_usage(&self, account: AccountId) -> Result<SeatUsage, Error> {
        self.store
            .tenant_transaction(account, async |tx| {
                let account = store::account::find(&tx, account)
                    .await?
                    .ok_or(Error::AccountNotFound)?;
                store::account::seat_usage(&tx, &account).await
            })
            .await
    }

    /// Changes some settings of the account that `etag` was read from.
    pub async fn update_account(
        &self,
        tx: &Transaction,
        by: &Person,
        etag: &str,
        edit: &SettingsEdit,
    ) -> Result<Account, Error> {
        let account = store::account::lock(tx, by.account)
            .await?
            .ok_or(Error::AccountNotFound)?;
        by.acting(tx, Permission::AccountManage).await?;
        if account.etag() != etag {
            return Err(Error::EtagMismatch);
        }
        let before = account.settings.clone();
        let after = Settings {
            display_name: edit
                .display_name
                .clone()
                .unwrap_or_else(|| before.display_name.clone()),
            time_zone: edit.time_zone.unwrap_or(before.time_zone),
            country: edit.country.unwrap_or(before.country),
            seats: edit.seats.unwrap_or(before.seats),
        };
        store::account::seat_usage(tx, &account)
            .await?
            .resize(after.seats)?;
        let account = account.edit(after, self.clock.now());
        store::account::update(tx, &account).await?;
        let after = &account.settings;
        Change::new("account.updated", account.id)
            .field("display_name", before.display_name, &after.display_name)
            .field("time_zone", before.time_zone, after.time_zone)
            .field("country_code", before.country, after.country)
            .field("seats", before.seats, after.seats)
            .record(tx, by.account, &by.origin)
            .await?;
        Ok(account)
    }

    /// Locks the account and takes a seat in it.
    pub(super) async fn take_seat(
        &self,
        tx: &Transaction,
        account: AccountId,
    ) -> Result<(), Error> {
        let account = store::account::lock(tx, account)
            .await?
            .ok_or(Error::AccountNotFound)?;
        store::account::seat_usage(tx, &account).await?.take()?;
        Ok(())
    }

    /// The roles of one person.
    pub async fn roles(
        &self,
        tx: &Transaction,
        account: AccountId,
        user: UserId,
    ) -> Result<Roles, Error> {
        store::grant::roles(tx, account, user).await
    }
}
