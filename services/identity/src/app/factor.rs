//! The second factor of a person: setting it up, proving it, giving it up.

use ::store::Transaction;
use chrono::{DateTime, Utc};
use ids::{AccountId, UserId};
use zeroize::Zeroizing;

use super::{
    App,
    audit::Change,
    caller::{Origin, Person},
    user::Held,
    vault::Purpose,
};
use crate::{
    domain::{
        account::Account,
        factor::Code,
        password::Password,
        recovery::RecoveryCode,
        totp::{self, ENROLMENT_LIFE, Enrolment, NEVER, SECRET_BYTES},
        user::{User, UserState},
    },
    error::Error,
    store::{self, totp_factor::StoredFactor},
};

/// How the audit trail calls them.
const NONE: &str = "NONE";
const TOTP: &str = "TOTP";

/// That somebody signed in is still the same person.
#[derive(Debug)]
pub enum Proof {
    /// What they typed, if it can be a password at all.
    Password(Option<Password>),
    /// A code of their factor.
    Code(Zeroizing<String>),
}

impl App {
    /// Offers the caller a new authenticator, until the instant that is returned. Takes the
    /// password, and a code of the factor in force.
    pub async fn enrol_totp(
        &self,
        by: &Person,
        current: Option<Password>,
        code: Zeroizing<String>,
    ) -> Result<(Enrolment, DateTime<Utc>), Error> {
        self.confirm_password(by, current).await?;
        let has_one = self
            .store
            .tenant_transaction(by.account, async |tx| {
                let factor = store::totp_factor::find(&tx, by.account, by.user).await?;
                Ok::<_, Error>(factor.is_some())
            })
            .await?;
        if has_one {
            self.reauthenticate(by, Proof::Code(code)).await?;
        }
        let expires = self.clock.now() + ENROLMENT_LIFE;
        self.store
            .tenant_transaction(by.account, async |tx| {
                let user = self.hold_caller(&tx, by).await?;
                let (sealed, enrolment) = self.new_authenticator(&user)?;
                store::totp_enrolment::put(&tx, by.account, by.user, sealed, expires).await?;
                Change::new("user.factor_offered", by.user)
                    .record(&tx, by.account, &by.origin)
                    .await?;
                Ok((enrolment, expires))
            })
            .await
    }

    /// The authenticator offered to the caller is in force from now on, if this is its code.
    pub async fn confirm_totp(&self, by: &Person, code: &str) -> Result<Vec<RecoveryCode>, Error> {
        let buckets = Self::factor_buckets(by.user, None, &by.origin.network);
        self.admit(&buckets).await?;
        let codes = self
            .store
            .tenant_transaction(by.account, async |tx| {
                self.hold_caller(&tx, by).await?;
                let now = self.clock.now();
                let sealed = store::totp_enrolment::lock(&tx, by.account, by.user, now)
                    .await?
                    .ok_or(Error::FactorMissing)?;
                let confirmed =
                    self.put_in_force(&tx, by.account, by.user, &sealed, code, &by.origin);
                let codes = confirmed.await?;
                if codes.is_none() {
                    refused(by.user).record(&tx, by.account, &by.origin).await?;
                }
                Ok::<_, Error>(codes)
            })
            .await?
            .ok_or(Error::Factor)?;
        self.forgive(&buckets).await;
        Ok(codes)
    }

    /// The caller has no second factor any more.
    pub async fn disable_totp(&self, by: &Person, proof: Proof) -> Result<(), Error> {
        self.reauthenticate(by, proof).await?;
        self.store
            .tenant_transaction(by.account, async |tx| {
                self.hold_caller(&tx, by).await?;
                let company = store::account::find(&tx, by.account)
                    .await?
                    .ok_or(Error::CallerGone)?;
                if self.demands_factor(&tx, &company, by.user).await? {
                    return Err(Error::FactorRequired);
                }
                self.remove_factor(&tx, by, by.user, "user.factor_disabled")
                    .await
            })
            .await
    }

    /// Somebody lost their authenticator and their codes. Their sessions end: one may have been
    /// lost with them. Never one's own, which a stolen session would use.
    pub async fn reset_factor(
        &self,
        tx: &Transaction,
        by: &Person,
        user: UserId,
    ) -> Result<Held, Error> {
        if user == by.user {
            return Err(Error::OwnFactor);
        }
        let (user, roles, mine) = self.manage(tx, by, user).await?;
        // With the factor gone, the password alone is that person.
        mine.may_impersonate(&roles)?;
        self.remove_factor(tx, by, user.id, "user.factor_reset")
            .await?;
        self.withdraw_sessions(tx, by, user.id).await?;
        Ok((user, roles))
    }

    async fn remove_factor(
        &self,
        tx: &Transaction,
        by: &Person,
        user: UserId,
        action: &'static str,
    ) -> Result<(), Error> {
        store::totp_enrolment::delete(tx, by.account, user).await?;
        if !store::totp_factor::delete(tx, by.account, user).await? {
            return Err(Error::FactorMissing);
        }
        let codes = store::recovery_code::replace(tx, by.account, user, &[]).await?;
        store::challenge::end_open(tx, by.account, user, self.clock.now()).await?;
        Change::new(action, user)
            .field("second_factor", TOTP, NONE)
            .field("recovery_codes", codes, 0)
            .record(tx, by.account, &by.origin)
            .await
    }

    /// Refuses whoever sits at somebody else's desk.
    pub(super) async fn reauthenticate(&self, by: &Person, proof: Proof) -> Result<(), Error> {
        let code = match proof {
            Proof::Password(current) => return self.confirm_password(by, current).await.map(drop),
            Proof::Code(code) => code,
        };
        let buckets = Self::factor_buckets(by.user, None, &by.origin.network);
        self.admit(&buckets).await?;
        let good = self
            .store
            .tenant_transaction(by.account, async |tx| {
                self.hold_caller(&tx, by).await?;
                let good = self
                    .spend_code(&tx, by.account, by.user, &code, &by.origin)
                    .await?;
                if !good {
                    refused(by.user).record(&tx, by.account, &by.origin).await?;
                }
                Ok::<_, Error>(good)
            })
            .await?;
        if !good {
            return Err(Error::Factor);
        }
        self.forgive(&buckets).await;
        Ok(())
    }

    /// Whether `code` is good for the factor in force. Good codes are used up by asking.
    pub(super) async fn spend_code(
        &self,
        tx: &Transaction,
        account: AccountId,
        user: UserId,
        code: &str,
        by: &Origin,
    ) -> Result<bool, Error> {
        let digits = match Code::read(code) {
            None => return Ok(false),
            Some(Code::Recovery(code)) => {
                return self.spend_recovery_code(tx, account, user, &code, by).await;
            }
            Some(Code::Totp(digits)) => digits,
        };
        let Some(factor) = store::totp_factor::find(tx, account, user).await? else {
            return Ok(false);
        };
        let StoredFactor {
            sealed_secret,
            last_step,
        } = factor;
        let secret = self.open_authenticator(user, &sealed_secret)?;
        match totp::accept(&secret, &digits, last_step, self.clock.now())? {
            Some(step) => {
                store::totp_factor::use_step(tx, account, user, &sealed_secret, step).await
            }
            None => Ok(false),
        }
    }

    /// The authenticator of this sealed secret is the person's from now on, if `code` is one of
    /// its codes; their new recovery codes. Nothing that was offered elsewhere counts any more.
    pub(super) async fn put_in_force(
        &self,
        tx: &Transaction,
        account: AccountId,
        user: UserId,
        sealed: &[u8],
        code: &str,
        by: &Origin,
    ) -> Result<Option<Vec<RecoveryCode>>, Error> {
        let Some(Code::Totp(digits)) = Code::read(code) else {
            return Ok(None);
        };
        let now = self.clock.now();
        let secret = self.open_authenticator(user, sealed)?;
        let Some(step) = totp::accept(&secret, &digits, NEVER, now)? else {
            return Ok(None);
        };
        let before = store::totp_factor::find(tx, account, user).await?;
        let factor = StoredFactor {
            sealed_secret: sealed.to_vec(),
            last_step: step,
        };
        store::totp_factor::put(tx, account, user, factor, now).await?;
        store::totp_enrolment::delete(tx, account, user).await?;
        store::challenge::end_open(tx, account, user, now).await?;
        Change::new("user.factor_confirmed", user)
            .field("second_factor", before.map_or(NONE, |_| TOTP), TOTP)
            .record(tx, account, by)
            .await?;
        let codes = self.issue_recovery_codes(tx, account, user, by).await?;
        Ok(Some(codes))
    }

    /// A new authenticator for somebody: its secret to be stored, and to be shown once.
    pub(super) fn new_authenticator(&self, user: &User) -> Result<(Vec<u8>, Enrolment), Error> {
        let random = Zeroizing::new(self.vault.secret()?);
        let secret = &random[..SECRET_BYTES];
        let sealed = self
            .vault
            .seal(Purpose::Totp, &user.id.to_string(), secret)?;
        let shown = Enrolment::new(secret, &self.factor_issuer, &user.email)?;
        Ok((sealed, shown))
    }

    fn open_authenticator(&self, user: UserId, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        Ok(self.vault.open(Purpose::Totp, &user.to_string(), sealed)?)
    }

    /// Whether a role of the person demands a second factor.
    pub(super) async fn demands_factor(
        &self,
        tx: &Transaction,
        company: &Account,
        user: UserId,
    ) -> Result<bool, Error> {
        let policy = &company.settings.second_factor;
        if policy.as_slice().is_empty() {
            return Ok(false);
        }
        Ok(policy.demands(&store::grant::roles(tx, company.id, user).await?))
    }

    /// Whether a role of the person demands a second factor and they have none.
    pub(super) async fn lacks_factor(
        &self,
        tx: &Transaction,
        company: &Account,
        user: UserId,
    ) -> Result<bool, Error> {
        Ok(self.demands_factor(tx, company, user).await?
            && store::totp_factor::find(tx, company.id, user)
                .await?
                .is_none())
    }

    /// The caller, who can neither be suspended nor leave before this transaction ends.
    pub(super) async fn hold_caller(&self, tx: &Transaction, by: &Person) -> Result<User, Error> {
        store::user::hold(tx, by.account, by.user)
            .await?
            .filter(|user| user.state == UserState::Active)
            .ok_or(Error::CallerGone)
    }
}

fn refused(user: UserId) -> Change {
    Change::new("user.factor_refused", user).refused("FACTOR_REJECTED")
}
