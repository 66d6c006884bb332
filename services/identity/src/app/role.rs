//! Roles of a company's own: making, changing and granting them.

use ::store::{Transaction, page::Page};
use access::{Covers, MAX_COVERED, Permission};
use ids::{AccountId, RoleId, UserId};

use super::{App, audit::Change, caller::Person};
use crate::{
    domain::{
        grant::{Holding, Roles},
        line::Name,
        role::{CustomGrant, CustomRole, MAX_HELD, MAX_ROLES, Reaches},
        user::{InvalidTransition, UserState},
    },
    error::Error,
    store,
};

/// New values for some fields of a role.
#[derive(Debug, Clone, Default)]
pub struct RoleEdit {
    /// What it is called.
    pub name: Option<Name>,
    /// What it can do.
    pub reaches: Option<Reaches>,
}

impl App {
    /// Makes a role that may do no more than whoever makes it.
    pub async fn create_role(
        &self,
        tx: &Transaction,
        by: &Person,
        name: &Name,
        reaches: &Reaches,
    ) -> Result<CustomRole, Error> {
        let mine = self.making_roles(tx, by).await?;
        mine.cover_custom(reaches)?;
        if store::custom_role::count(tx, by.account).await? >= MAX_ROLES {
            return Err(Error::RolesExhausted);
        }
        let now = self.clock.now();
        let role = CustomRole {
            account: by.account,
            id: RoleId::generate(),
            name: name.clone(),
            reaches: reaches.clone(),
            created: now,
            updated: now,
            version: 1,
        };
        store::custom_role::insert(tx, &role).await?;
        Change::new("role.created", role.id)
            .field("display_name", "", &role.name)
            .field("permissions", "", &role.reaches)
            .record(tx, by.account, &by.origin)
            .await?;
        Ok(role)
    }

    /// Changes a role for everybody who has it. What it could do before counts as well as what it
    /// can do after: nobody touches a role above their own.
    pub async fn update_role(
        &self,
        tx: &Transaction,
        by: &Person,
        role: RoleId,
        etag: &str,
        edit: &RoleEdit,
    ) -> Result<CustomRole, Error> {
        let mine = self.making_roles(tx, by).await?;
        let before = self.role_of(tx, by.account, role).await?;
        mine.cover_custom(&before.reaches)?;
        if before.etag() != etag {
            return Err(Error::EtagMismatch);
        }
        let now = self.clock.now();
        let after = before
            .clone()
            .edit(edit.name.clone(), edit.reaches.clone(), now);
        mine.cover_custom(&after.reaches)?;
        store::custom_role::update(tx, &after).await?;
        if before.reaches != after.reaches {
            self.recall_holders(tx, by.account, role).await?;
        }
        Change::new("role.updated", role)
            .field("display_name", &before.name, &after.name)
            .field("permissions", &before.reaches, &after.reaches)
            .record(tx, by.account, &by.origin)
            .await?;
        Ok(after)
    }

    /// Deletes a role that nobody has, or with `force` takes it from everybody first.
    pub async fn delete_role(
        &self,
        tx: &Transaction,
        by: &Person,
        role: RoleId,
        force: bool,
    ) -> Result<(), Error> {
        let mine = self.making_roles(tx, by).await?;
        let role = self.role_of(tx, by.account, role).await?;
        mine.cover_custom(&role.reaches)?;
        let holders = store::custom_grant::of_role(tx, by.account, role.id).await?;
        if !force && !holders.is_empty() {
            return Err(Error::RoleInUse(holders.len()));
        }
        for grant in holders {
            let target = store::grant::roles(tx, by.account, grant.user).await?;
            mine.may_grant_custom(&role.reaches, &target)?;
            self.take(tx, by, &grant).await?;
        }
        store::custom_role::delete(tx, by.account, role.id).await?;
        Change::new("role.deleted", role.id)
            .field("display_name", &role.name, "")
            .field("permissions", &role.reaches, "")
            .record(tx, by.account, &by.origin)
            .await
    }

    /// Gives a person a role of the company's own. Granting it again replaces what it covers.
    pub async fn grant_custom(
        &self,
        tx: &Transaction,
        by: &Person,
        user: UserId,
        role: RoleId,
        covers: &Covers,
    ) -> Result<CustomGrant, Error> {
        let (role, mut holding) = self.may_grant_custom(tx, by, user, role).await?;
        if !role.reaches.is_bound() && !covers.as_slice().is_empty() {
            return Err(Error::CoversNothing);
        }
        let before = holding.custom.iter().position(|(it, _)| it.role == role.id);
        let before = before.map(|index| holding.custom.remove(index).0);
        if holding.custom.len() >= MAX_HELD {
            return Err(Error::HeldExhausted);
        }
        if holding.covered() + covers.as_slice().len() > MAX_COVERED {
            return Err(Error::CoverageExhausted);
        }
        let grant = CustomGrant {
            user,
            role: role.id,
            covers: covers.clone(),
            granted_by: by.origin.actor.clone(),
            granted: self.clock.now(),
        };
        store::custom_grant::put(tx, by.account, &grant).await?;
        if before.is_some() {
            self.revoke_user(tx, by.account, user).await?;
        }
        let held = before.as_ref().map(|_| role.id.to_string());
        Change::new("role.granted", user)
            .field("role", held.unwrap_or_default(), role.id)
            .field(
                "group_ids",
                before.map(|grant| list(&grant.covers)).unwrap_or_default(),
                list(covers),
            )
            .record(tx, by.account, &by.origin)
            .await?;
        Ok(grant)
    }

    /// Takes it away. Whoever does not hold it loses nothing.
    pub async fn revoke_custom(
        &self,
        tx: &Transaction,
        by: &Person,
        user: UserId,
        role: RoleId,
    ) -> Result<(), Error> {
        let (role, holding) = self.may_grant_custom(tx, by, user, role).await?;
        let held = holding.custom.iter().find(|(it, _)| it.role == role.id);
        match held {
            Some((grant, _)) => self.take(tx, by, grant).await,
            None => Ok(()),
        }
    }

    async fn take(&self, tx: &Transaction, by: &Person, grant: &CustomGrant) -> Result<(), Error> {
        store::custom_grant::delete(tx, by.account, grant.user, grant.role).await?;
        self.revoke_user(tx, by.account, grant.user).await?;
        Change::new("role.revoked", grant.user)
            .field("role", grant.role, "")
            .field("group_ids", list(&grant.covers), "")
            .record(tx, by.account, &by.origin)
            .await
    }

    /// What a role can do has changed, so tokens that say otherwise are good no longer: those of
    /// everybody who holds it, and they refresh.
    async fn recall_holders(
        &self,
        tx: &Transaction,
        account: AccountId,
        role: RoleId,
    ) -> Result<(), Error> {
        for grant in store::custom_grant::of_role(tx, account, role).await? {
            self.revoke_user(tx, account, grant.user).await?;
        }
        Ok(())
    }

    /// A role of the company's own.
    pub async fn role(&self, account: AccountId, role: RoleId) -> Result<CustomRole, Error> {
        self.store
            .tenant_transaction(account, async |tx| self.role_of(&tx, account, role).await)
            .await
    }

    /// A page of them, and the token of the next.
    pub async fn roles(
        &self,
        account: AccountId,
        page: &Page<RoleId>,
    ) -> Result<(Vec<CustomRole>, String), Error> {
        self.store
            .tenant_transaction(account, async |tx| {
                let roles =
                    store::custom_role::page(&tx, account, page.after(), page.fetch()).await?;
                Ok(page.cut(roles, |role| role.id))
            })
            .await
    }

    async fn role_of(
        &self,
        tx: &Transaction,
        account: AccountId,
        role: RoleId,
    ) -> Result<CustomRole, Error> {
        let role = store::custom_role::find(tx, account, role).await?;
        role.ok_or(Error::RoleNotFound)
    }

    /// What whoever makes roles holds, under the account's lock: changes of roles and grants
    /// queue at it, so each is judged by what the ones before have left.
    async fn making_roles(&self, tx: &Transaction, by: &Person) -> Result<Roles, Error> {
        store::account::lock(tx, by.account).await?;
        by.acting(tx, Permission::RolesManage).await
    }

    /// The role and what the person holds, if the caller may give and take it.
    async fn may_grant_custom(
        &self,
        tx: &Transaction,
        by: &Person,
        user: UserId,
        role: RoleId,
    ) -> Result<(CustomRole, Holding), Error> {
        store::account::lock(tx, by.account).await?;
        let mine = by.acting(tx, Permission::RolesGrant).await?;
        let target = store::user::find(tx, by.account, user).await?;
        let target = target.ok_or(Error::UserNotFound)?;
        let role = self.role_of(tx, by.account, role).await?;
        let holding = store::grant::holding(tx, by.account, user).await?;
        mine.may_grant_custom(&role.reaches, &holding.roles())?;
        if target.state == UserState::Deactivated {
            return Err(InvalidTransition { from: target.state }.into());
        }
        store::user::update(tx, &target.touched(self.clock.now())).await?;
        Ok((role, holding))
    }
}

fn list(covers: &Covers) -> String {
    let ids: Vec<String> = covers.as_slice().iter().map(ToString::to_string).collect();
    ids.join(" ")
}
