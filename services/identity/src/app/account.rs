//! Companies.

use ::store::Transaction;
use access::{Permission, Role};
use chrono::{DateTime, Utc};
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
        account::{Account, Country, InvalidAccountTransition, Settings},
        factor::FactorPolicy,
        grant::Grant,
        line::Name,
        seats::SeatUsage,
        session::EndReason,
        sharing,
        user::{InvalidTransition, Profile, User, UserState},
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
    /// Who must have a second factor.
    pub second_factor: Option<FactorPolicy>,
    /// What is done about shared identities.
    pub sharing: Option<sharing::Policy>,
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
            .field("second_factor_roles", "", &account.settings.second_factor)
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
            second_factor: edit
                .second_factor
                .clone()
                .unwrap_or_else(|| before.second_factor.clone()),
            sharing: edit.sharing.unwrap_or(before.sharing),
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
            .field(
                "second_factor_roles",
                before.second_factor,
                &after.second_factor,
            )
            .field(
                "sharing_policy",
                before.sharing.name(),
                after.sharing.name(),
            )
            .record(tx, by.account, &by.origin)
            .await?;
        Ok(account)
    }

    /// Nobody of the company signs in any more, and every session ends.
    pub async fn suspend_account(
        &self,
        tx: &Transaction,
        by: &Origin,
        account: AccountId,
    ) -> Result<Account, Error> {
        let account = self.step_account(tx, by, account, "account.suspended", Account::suspend);
        let account = account.await?;
        let (reason, now) = (EndReason::Withdrawn, self.clock.now());
        store::session::end_everybodys(tx, account.id, reason, now).await?;
        self.revoke_account(tx, account.id).await?;
        Ok(account)
    }

    /// As before the suspension.
    pub async fn resume_account(
        &self,
        tx: &Transaction,
        by: &Origin,
        account: AccountId,
    ) -> Result<Account, Error> {
        self.step_account(tx, by, account, "account.resumed", Account::resume)
            .await
    }

    async fn step_account(
        &self,
        tx: &Transaction,
        by: &Origin,
        account: AccountId,
        action: &'static str,
        step: fn(Account, DateTime<Utc>) -> Result<Account, InvalidAccountTransition>,
    ) -> Result<Account, Error> {
        let account = store::account::lock(tx, account)
            .await?
            .ok_or(Error::AccountNotFound)?;
        let before = account.state;
        let account = step(account, self.clock.now())?;
        store::account::update(tx, &account).await?;
        Change::new(action, account.id)
            .field("state", before.name(), account.state.name())
            .record(tx, account.id, by)
            .await?;
        Ok(account)
    }

    /// Makes somebody else the owner; whoever was stays as an administrator.
    pub async fn transfer_ownership(
        &self,
        tx: &Transaction,
        by: &Person,
        heir: UserId,
    ) -> Result<Account, Error> {
        let account = store::account::lock(tx, by.account)
            .await?
            .ok_or(Error::AccountNotFound)?;
        by.acting(tx, Permission::OwnershipTransfer).await?;
        let heir = store::user::find(tx, by.account, heir)
            .await?
            .ok_or(Error::UserNotFound)?;
        if heir.state != UserState::Active {
            return Err(InvalidTransition { from: heir.state }.into());
        }
        let (before, now) = (account.owner, self.clock.now());
        if before == heir.id {
            return Ok(account);
        }
        let account = account.transfer(heir.id, now);
        let owner = store::user::find(tx, by.account, before)
            .await?
            .ok_or(Error::UserNotFound)?;
        // In this order: two owners at once are what the database refuses.
        store::grant::delete(tx, by.account, before, Role::Owner).await?;
        for (user, role) in [(before, Role::Admin), (heir.id, Role::Owner)] {
            let grant = Grant {
                user,
                role,
                covers: Vec::new(),
                granted_by: by.origin.actor.clone(),
                granted: now,
            };
            store::grant::put(tx, by.account, &grant).await?;
        }
        for user in [owner, heir] {
            store::user::update(tx, &user.touched(now)).await?;
        }
        store::account::update(tx, &account).await?;
        self.revoke_user(tx, by.account, before).await?;
        Change::new("account.transferred", account.id)
            .field("owner_id", before, account.owner)
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
}
