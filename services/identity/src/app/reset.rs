//! Forgotten passwords.
//!
//! The open door notes a request and looks at nothing: what it does cannot depend on whose the
//! address is. The token is made when the platform's mailer comes for the mail, so that it is
//! nowhere but in the answer to the mailer and in the mail: not in the answer to whoever asked,
//! not at rest, not in an event.

use ::store::Transaction;
use ids::{DeliveryId, PasswordResetId};
use zeroize::Zeroizing;

use super::{App, audit::Change, caller::Origin, invitation::choose};
use crate::{
    domain::{
        account::Account,
        bearer::ResetToken,
        email::Email,
        reset::{LIFE, PasswordReset, ResetInvalid},
        session::{Chain as _, EndReason},
        user::User,
    },
    error::Error,
    store::{self, reset_request::Waiting},
};

/// A mail to be sent.
#[derive(Debug)]
pub struct Delivery {
    /// Names it.
    pub id: DeliveryId,
    /// Who forgot their password.
    pub user: User,
    /// What goes into the mail.
    pub token: Zeroizing<String>,
    /// What it gives a right to.
    pub reset: PasswordReset,
}

impl App {
    /// Notes that somebody wants a mail.
    pub async fn request_password_reset(&self, email: &Email, network: &str) -> Result<(), Error> {
        self.admit(&Self::reset_buckets(email, network)).await?;
        let now = self.clock.now();
        self.store
            .transaction(async |tx| store::reset_request::put(&tx, email, network, now).await)
            .await
    }

    /// Up to `limit` mails for the mailer `by` to send.
    pub async fn take_password_resets(
        &self,
        by: &Origin,
        limit: u64,
    ) -> Result<Vec<Delivery>, Error> {
        let now = self.clock.now();
        let waiting = self
            .store
            .transaction(async |tx| store::reset_request::take(&tx, limit, now - LIFE, now).await)
            .await?;
        let (mut deliveries, mut nobodys) = (Vec::new(), Vec::new());
        for request in waiting {
            match self.new_reset(by, &request).await? {
                Some(delivery) => deliveries.push(delivery),
                None => nobodys.push(request.delivery),
            }
        }
        self.ack_password_resets(&nobodys).await?;
        Ok(deliveries)
    }

    /// These mails have been sent.
    pub async fn ack_password_resets(&self, deliveries: &[DeliveryId]) -> Result<(), Error> {
        if deliveries.is_empty() {
            return Ok(());
        }
        self.store
            .transaction(async |tx| store::reset_request::delete(&tx, deliveries).await)
            .await
    }

    /// The mail for a request, unless nobody has the address who may sign in.
    async fn new_reset(&self, by: &Origin, request: &Waiting) -> Result<Option<Delivery>, Error> {
        let Some((account, user)) = store::login::whose(&self.store, &request.email).await? else {
            return Ok(None);
        };
        self.store
            .tenant_transaction(account, async |tx| {
                let user = store::user::hold(&tx, account, user).await?;
                let Some(user) = user else { return Ok(None) };
                if self.welcome(&tx, account, user.id).await?.is_none() {
                    return Ok(None);
                }
                let now = self.clock.now();
                let secret = self.vault.secret()?;
                let id = PasswordResetId::generate();
                let reset =
                    PasswordReset::new(account, id, user.id, self.vault.digest(&secret), now, LIFE);
                store::password_reset::end_open(&tx, account, user.id, now).await?;
                store::password_reset::insert(&tx, &reset).await?;
                Change::new("user.password_reset_sent", user.id)
                    .field("requested_from", "", &request.network)
                    .record(&tx, account, by)
                    .await?;
                let token = ResetToken {
                    account,
                    reset: id,
                    secret,
                };
                Ok(Some(Delivery {
                    id: request.delivery,
                    user,
                    token: Zeroizing::new(token.encode()),
                    reset,
                }))
            })
            .await
    }

    /// Somebody comes with a token from a mail and chooses a password.
    pub async fn reset_password(
        &self,
        token: &str,
        password: String,
        network: String,
    ) -> Result<(), Error> {
        let buckets = Self::guess_buckets(&network);
        self.admit(&buckets).await?;
        let token = ResetToken::decode(token).ok_or(ResetInvalid)?;
        let account = token.account;
        // Looked at before the hash, which is dear, and again under the lock.
        let (user, company) = self
            .store
            .tenant_transaction(account, async |tx| {
                let (_, user, company) = self.redeem(&tx, &token).await?;
                Ok::<_, Error>((user, company))
            })
            .await?;
        // Whoever holds a good token does not guess, whatever they choose next.
        self.forgive(&buckets).await;
        let password = choose(password, "new_password", &user, &company)?;
        let hash = self.hasher.hash(password).await?;
        let origin = Origin {
            actor: user.id.to_string(),
            network,
            part_of: None,
        };
        self.store
            .tenant_transaction(account, async |tx| {
                let (reset, user, _) = self.redeem(&tx, &token).await?;
                store::password_reset::update(&tx, &reset).await?;
                self.put_password(&tx, account, user.id, hash.clone())
                    .await?;
                Change::new("user.password_reset", user.id)
                    .record(&tx, account, &origin)
                    .await?;
                let reason = EndReason::PasswordChanged;
                self.end_sessions(&tx, account, user.id, None, reason, &origin)
                    .await
            })
            .await?;
        // Whoever forgot a password has tried others before.
        self.forgive(&Self::sign_in_buckets(&user.email, None, ""))
            .await;
        Ok(())
    }

    /// The reset after its use, and whose it is.
    async fn redeem(
        &self,
        tx: &Transaction,
        token: &ResetToken,
    ) -> Result<(PasswordReset, User, Account), Error> {
        let (account, now) = (token.account, self.clock.now());
        let reset = store::password_reset::lock(tx, account, token.reset)
            .await?
            .ok_or(ResetInvalid)?
            .spend(&self.vault.digest(&token.secret), now)
            .ok_or(ResetInvalid)?;
        let user = store::user::hold(tx, account, reset.user)
            .await?
            .ok_or(ResetInvalid)?;
        let company = self
            .welcome(tx, account, user.id)
            .await?
            .ok_or(ResetInvalid)?;
        Ok((reset, user, company))
    }
}
