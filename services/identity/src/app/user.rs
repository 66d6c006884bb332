//! People.

use std::collections::HashMap;

use ::store::{Transaction, page::Page};
use access::{Permission, Role};
use ids::{AccountId, UserId};

use super::{App, audit::Change, caller::Person};
use crate::{
    domain::{
        email::Email,
        grant::Roles,
        line::{Label, Name},
        user::{Heir, InvalidTransition, Profile, User, UserState},
    },
    error::Error,
    store,
};

/// New values for some of what is known about a person.
#[derive(Debug, Clone, Default)]
pub struct ProfileEdit {
    /// First name.
    pub first_name: Option<Name>,
    /// Last name.
    pub last_name: Option<Name>,
    /// The login.
    pub email: Option<Email>,
    /// What they do.
    pub job_title: Option<Label>,
}

/// A person with their roles.
pub type Held = (User, Roles);

impl App {
    /// Adds a person; their invitation's token.
    pub async fn invite(
        &self,
        tx: &Transaction,
        by: &Person,
        profile: &Profile,
    ) -> Result<(Held, String), Error> {
        self.take_seat(tx, by.account).await?;
        by.acting(tx, Permission::UsersManage).await?;
        self.add(tx, by, profile).await
    }

    /// Adds a person who has a seat. If the address is taken nothing has happened.
    pub(super) async fn add(
        &self,
        tx: &Transaction,
        by: &Person,
        profile: &Profile,
    ) -> Result<(Held, String), Error> {
        let user = User::invited(
            by.account,
            UserId::generate(),
            profile.clone(),
            self.clock.now(),
        );
        store::user::insert(tx, &user).await?;
        if let Err(taken) = store::login::claim(tx, &user).await {
            store::user::take_back(tx, &user).await?;
            return Err(taken);
        }
        let token = self.new_invitation(tx, by.account, user.id).await?;
        Change::new("user.invited", user.id)
            .field("first_name", "", &user.first_name)
            .field("last_name", "", &user.last_name)
            .field("email", "", &user.email)
            .field("job_title", "", &user.job_title)
            .field("state", "", user.state.name())
            .record(tx, by.account, &by.origin)
            .await?;
        Ok(((user, Roles::new([])), token))
    }

    /// The person.
    pub async fn user(&self, account: AccountId, user: UserId) -> Result<Held, Error> {
        self.store
            .tenant_transaction(account, async |tx| {
                let user = store::user::find(&tx, account, user)
                    .await?
                    .ok_or(Error::UserNotFound)?;
                let roles = store::grant::roles(&tx, account, user.id).await?;
                Ok((user, roles))
            })
            .await
    }

    /// A page of people, and the token of the next.
    pub async fn users(
        &self,
        account: AccountId,
        state: Option<UserState>,
        page: &Page<UserId>,
    ) -> Result<(Vec<Held>, String), Error> {
        self.store
            .tenant_transaction(account, async |tx| {
                let users =
                    store::user::page(&tx, account, state, page.after().copied(), page.fetch())
                        .await?;
                let (users, next) = page.cut(users, |user| user.id);
                let ids: Vec<UserId> = users.iter().map(|user| user.id).collect();
                let mut held: HashMap<UserId, Vec<Role>> = HashMap::new();
                for grant in store::grant::of_users(&tx, account, &ids).await? {
                    held.entry(grant.user).or_default().push(grant.role);
                }
                let with_roles = users.into_iter().map(|user| {
                    let roles = Roles::new(held.remove(&user.id).unwrap_or_default());
                    (user, roles)
                });
                Ok((with_roles.collect(), next))
            })
            .await
    }

    /// Changes some of what is known about the person that `etag` was read from.
    pub async fn update_user(
        &self,
        tx: &Transaction,
        by: &Person,
        user: UserId,
        etag: &str,
        edit: &ProfileEdit,
    ) -> Result<Held, Error> {
        let (user, roles, mine) = self.manage(tx, by, user).await?;
        if user.etag() != etag {
            return Err(Error::EtagMismatch);
        }
        let before = user.profile();
        let after = Profile {
            first_name: edit
                .first_name
                .clone()
                .unwrap_or_else(|| before.first_name.clone()),
            last_name: edit
                .last_name
                .clone()
                .unwrap_or_else(|| before.last_name.clone()),
            email: edit.email.clone().unwrap_or_else(|| before.email.clone()),
            job_title: edit
                .job_title
                .clone()
                .unwrap_or_else(|| before.job_title.clone()),
        };
        let user = user.edit(after, self.clock.now())?;
        if before.email.key() != user.email.key() {
            // The login is where a forgotten password goes.
            mine.may_impersonate(&roles)?;
            let now = self.clock.now();
            store::password_reset::end_open(tx, by.account, user.id, now).await?;
            store::login::release(tx, by.account, user.id).await?;
            store::login::claim(tx, &user).await?;
        }
        store::user::update(tx, &user).await?;
        Change::new("user.updated", user.id)
            .field("first_name", before.first_name, &user.first_name)
            .field("last_name", before.last_name, &user.last_name)
            .field("email", before.email, &user.email)
            .field("job_title", before.job_title, &user.job_title)
            .record(tx, by.account, &by.origin)
            .await?;
        Ok((user, roles))
    }

    /// The person neither signs in nor is reached until resumed; `heir` takes their numbers over.
    /// Others act on the event: `strowger.access.v1.ChangeEvent` says what it promises.
    pub async fn suspend(
        &self,
        tx: &Transaction,
        by: &Person,
        user: UserId,
        heir: Option<Heir>,
    ) -> Result<Held, Error> {
        let (user, roles, _) = self.manage(tx, by, user).await?;
        keep_owner(&roles)?;
        let user = self
            .step(tx, by, user, "user.suspended", heir, User::suspend)
            .await?;
        self.revoke_user(tx, by.account, user.id).await?;
        self.withdraw_sessions(tx, by, user.id).await?;
        Ok((user, roles))
    }

    /// As before the suspension, if there is a seat.
    pub async fn resume(&self, tx: &Transaction, by: &Person, user: UserId) -> Result<Held, Error> {
        let (user, roles, _) = self.manage(tx, by, user).await?;
        if user.state == UserState::Suspended {
            self.take_seat(tx, by.account).await?;
        }
        let user = self
            .step(tx, by, user, "user.resumed", None, User::resume)
            .await?;
        Ok((user, roles))
    }

    /// The person has left for good; `heir` takes their numbers over. Their address is free for
    /// somebody new, with a new id.
    pub async fn deactivate(
        &self,
        tx: &Transaction,
        by: &Person,
        user: UserId,
        heir: Option<Heir>,
    ) -> Result<Held, Error> {
        let (user, roles, _) = self.manage(tx, by, user).await?;
        keep_owner(&roles)?;
        let user = self
            .step(tx, by, user, "user.deactivated", heir, User::deactivate)
            .await?;
        store::login::release(tx, by.account, user.id).await?;
        store::invitation::end_open(tx, by.account, user.id, self.clock.now()).await?;
        store::grant::delete_all(tx, by.account, user.id).await?;
        self.revoke_user(tx, by.account, user.id).await?;
        self.withdraw_sessions(tx, by, user.id).await?;
        Ok((user, Roles::new([])))
    }

    /// The person, their roles, and the roles of whoever manages them and may.
    pub(super) async fn manage(
        &self,
        tx: &Transaction,
        by: &Person,
        user: UserId,
    ) -> Result<(User, Roles, Roles), Error> {
        store::account::lock(tx, by.account).await?;
        let mine = by.acting(tx, Permission::UsersManage).await?;
        let user = store::user::find(tx, by.account, user)
            .await?
            .ok_or(Error::UserNotFound)?;
        let roles = store::grant::roles(tx, by.account, user.id).await?;
        mine.may_manage(&roles)?;
        Ok((user, roles, mine))
    }

    async fn step(
        &self,
        tx: &Transaction,
        by: &Person,
        user: User,
        action: &'static str,
        heir: Option<Heir>,
        step: impl FnOnce(User, chrono::DateTime<chrono::Utc>) -> Result<User, InvalidTransition>,
    ) -> Result<User, Error> {
        let before = user.state;
        let user = step(user, self.clock.now())?;
        store::user::update(tx, &user).await?;
        Change::new(action, user.id)
            .field("state", before.name(), user.state.name())
            .field(
                "hand_over_to",
                "",
                heir.map(|heir| heir.to_string()).unwrap_or_default(),
            )
            .record(tx, by.account, &by.origin)
            .await?;
        Ok(user)
    }
}

fn keep_owner(roles: &Roles) -> Result<(), Error> {
    if roles.has(Role::Owner) {
        Err(Error::OwnerRequired)
    } else {
        Ok(())
    }
}
