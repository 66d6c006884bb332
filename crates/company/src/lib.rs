//! A company in software: it is founded, hires people, gets numbers, queues
//! and menus, and its people go to work – all through the public API, as a
//! customer's own software would do it.
//!
//! Owns the order in which that has to happen, and the sign-ins. The demo and
//! the mesh's stories are written on it; callers and phones are `edge`.
//!
//! Never reads a database and never assumes what a service answered: every
//! refusal comes back as it was given.
//!
//! To set up one more kind of thing, add its client to [`Desk`] and its verb
//! to `setup.rs`.

mod desk;
mod error;
mod member;
mod platform;
mod setup;

use std::sync::atomic::{AtomicU32, Ordering};

use api::identity::v1::{Account, Grant, GrantRoleRequest, Role};

pub use desk::{Addresses, Desk};
pub use error::CompanyError;
pub use member::Member;
pub use platform::Platform;
pub use setup::{queue_members, ring_members};

/// Every person's password unless the platform says another; nobody guesses at a
/// test.
pub const PASSWORD: &str = "seventeen green kettles";
/// Behind every country's emergency numbers with three digits that begin with 1.
const FIRST_SHORT_NUMBER: u32 = 200;

/// A company and its owner, signed in.
#[derive(Debug)]
pub struct Company {
    account: Account,
    owner: Member,
    anonymous: Desk,
    password: String,
    slug: String,
    hired: AtomicU32,
    numbered: AtomicU32,
}

impl Company {
    /// `acc_…`.
    pub fn account_id(&self) -> &str {
        &self.account.account_id
    }

    /// The account, as it was created.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Who may do everything here.
    pub fn owner(&self) -> &Member {
        &self.owner
    }

    /// Invites somebody, accepts for them, gives them an extension with a desk
    /// phone and signs them in.
    ///
    /// # Errors
    ///
    /// The first refusal.
    pub async fn hire(&self, first_name: &str, last_name: &str) -> Result<Member, CompanyError> {
        let short_number = FIRST_SHORT_NUMBER + self.hired.fetch_add(1, Ordering::Relaxed);
        self.hire_at(first_name, last_name, short_number).await
    }

    /// The same, for somebody whose short number matters.
    ///
    /// # Errors
    ///
    /// The first refusal.
    pub async fn hire_at(
        &self,
        first_name: &str,
        last_name: &str,
        short_number: u32,
    ) -> Result<Member, CompanyError> {
        let email = format!(
            "{first_name}.{last_name}.{short_number}@{}.example",
            self.slug
        )
        .to_lowercase();
        Member::join(
            self.owner.desk(),
            &self.anonymous,
            first_name,
            last_name,
            &email,
            &self.password,
            short_number,
        )
        .await
    }

    /// Accepts an invitation for somebody who has an extension already, signs them in and gives
    /// them a desk phone.
    ///
    /// # Errors
    ///
    /// The first refusal.
    pub async fn welcome(
        &self,
        invitation_token: &str,
        extension_id: &str,
    ) -> Result<Member, CompanyError> {
        Member::accept(
            &self.anonymous,
            invitation_token,
            extension_id,
            &self.password,
        )
        .await
    }

    /// The same person, signed in anew: with what they may by now.
    ///
    /// # Errors
    ///
    /// What identity answers.
    pub async fn sign_in_again(&self, member: &Member) -> Result<Member, CompanyError> {
        Member::sign_in(&self.anonymous, member.email(), &self.password).await
    }

    /// Gives somebody a role; a supervisor covers `group_ids`. It counts from
    /// their next sign-in.
    ///
    /// # Errors
    ///
    /// What identity answers.
    pub async fn grant(
        &self,
        member: &Member,
        role: Role,
        group_ids: &[&str],
    ) -> Result<(), CompanyError> {
        let grant = Grant {
            user_id: member.user_id().to_owned(),
            role: role.into(),
            group_ids: group_ids.iter().map(ToString::to_string).collect(),
            ..Grant::default()
        };
        let request = GrantRoleRequest {
            request_id: request_id(),
            grant: Some(grant),
        };
        let granted = self.owner.desk().access().grant_role(request).await;
        granted
            .map(drop)
            .map_err(CompanyError::during("grant a role"))
    }
}

/// An id for one request; made anew for every one.
pub fn request_id() -> String {
    ids::EventId::generate().to_string()
}
