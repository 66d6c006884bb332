//! Taking access tokens back before they expire (ID-5, I26).
//!
//! Whatever ends a session, a person's or a company's access, or takes a right away, calls one of
//! these in its own transaction. From there [`feed`] brings it to every service.

pub mod feed;

use ::store::Transaction;
use access::Revoked;
use chrono::TimeDelta;
use ids::{AccountId, ServiceKeyId, SessionId, UserId};

use super::App;
use crate::{error::Error, store};

/// For clocks that differ.
const LATE: TimeDelta = TimeDelta::minutes(1);

impl App {
    /// The tokens of these sessions, which have ended.
    pub(super) async fn revoke_sessions(
        &self,
        tx: &Transaction,
        sessions: &[SessionId],
    ) -> Result<(), Error> {
        let whose: Vec<Revoked> = sessions.iter().copied().map(Revoked::Session).collect();
        self.recall(tx, &whose, 0).await
    }

    /// The tokens that a person has now. Their sessions stay: whoever still may refreshes, and
    /// the new token says what they may now.
    pub(super) async fn revoke_user(
        &self,
        tx: &Transaction,
        account: AccountId,
        user: UserId,
    ) -> Result<(), Error> {
        match store::revocation::raise_user(tx, account, user).await? {
            Some(next) => self.recall(tx, &[Revoked::User(user)], next).await,
            None => Err(Error::UserNotFound),
        }
    }

    /// The tokens that everybody in an account, and its service keys, have now. As with
    /// [`Self::revoke_user`], sessions stay.
    pub(super) async fn revoke_account(
        &self,
        tx: &Transaction,
        account: AccountId,
    ) -> Result<(), Error> {
        match store::revocation::raise_account(tx, account).await? {
            Some(next) => self.recall(tx, &[Revoked::Account(account)], next).await,
            None => Err(Error::AccountNotFound),
        }
    }

    /// The tokens of a service key whose claim `gen.sub` is below `next`: the generation of those
    /// it gets from now on, or [`access::Revocation::FOR_GOOD`] for a key that is gone.
    pub async fn revoke_service_key(
        &self,
        tx: &Transaction,
        key: ServiceKeyId,
        next: u64,
    ) -> Result<(), Error> {
        self.recall(tx, &[Revoked::ServiceKey(key)], next).await
    }

    async fn recall(&self, tx: &Transaction, whose: &[Revoked], next: u64) -> Result<(), Error> {
        let now = self.clock.now();
        let expires = now + self.tokens.longest_life() + LATE;
        store::revocation::put(tx, whose, next, now, expires).await
    }
}
