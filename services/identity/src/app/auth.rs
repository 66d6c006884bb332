//! Signing in, and the password that it takes.

use ::store::Transaction;
use ids::{AccountId, SessionId, UserId};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::{
    App,
    audit::Change,
    caller::{Origin, Person},
    challenge::Challenged,
    hashing::Verdict,
    invitation::choose,
    session::TokenPair,
    vault::sha256,
};
use crate::{
    domain::{
        account::{Account, AccountState},
        bearer::DeviceToken,
        email::Email,
        grant::Roles,
        line::Label,
        password::Password,
        session::{EndReason, Family, Session},
        user::{User, UserState},
    },
    error::Error,
    store,
};

/// Somebody at the door.
#[derive(Debug)]
pub struct Attempt {
    /// The login.
    pub email: Email,
    /// What they typed, if it can be a password at all.
    pub password: Option<Password>,
    /// What the client calls itself.
    pub label: Label,
    /// Where they come from, truncated.
    pub network: String,
    /// What this device kept from the last time; empty on a new one.
    pub device_token: String,
    /// Whether to end the person's other sessions where only one is allowed.
    pub take_over: bool,
}

/// Somebody who was let in.
#[derive(Debug)]
pub struct SignedIn {
    /// What to work with.
    pub tokens: TokenPair,
    /// Who.
    pub user: User,
    /// What they may.
    pub roles: Roles,
    /// The new session.
    pub session: Session,
    /// To be kept by the device.
    pub device_token: String,
}

/// What is on file about the owner of a login; nothing, for a login that nobody has.
struct OnFile {
    known: Option<(AccountId, UserId)>,
    company: Option<Account>,
    user: Option<User>,
    hash: Option<String>,
}

/// What a right password leads to.
#[derive(Debug)]
pub enum Entrance {
    /// They are in.
    SignedIn(Box<SignedIn>),
    /// Their second factor must follow.
    Challenged(Challenged),
}

/// How somebody comes in who has proven who they are.
pub(super) struct Entry {
    pub(super) label: Label,
    pub(super) origin: Origin,
    /// If they signed in on it before.
    pub(super) device: Option<DeviceToken>,
    pub(super) take_over: bool,
}

impl OnFile {
    /// The person, if they may sign in once the password fits.
    fn welcome(&self) -> Option<&User> {
        let open = self
            .company
            .as_ref()
            .is_some_and(|company| company.state == AccountState::Active);
        self.user
            .as_ref()
            .filter(|user| open && user.state == UserState::Active)
    }
}

impl App {
    /// Lets somebody in, or says one thing to everybody else. Every path before the decision
    /// does the same work: the same queries, one hash, one small write. What is left between
    /// them, a row more here and there, ends before a refusal is given.
    pub async fn sign_in(&self, attempt: Attempt) -> Result<Entrance, Error> {
        let refused_at = Instant::now() + self.refusal;
        self.keyring.check()?;
        let on_file = self.look_up(&attempt.email).await?;
        let device = on_file
            .known
            .and_then(|(_, user)| self.known_device(&attempt.device_token, user));
        let buckets = Self::sign_in_buckets(&attempt.email, device.as_ref(), &attempt.network);
        self.admit(&buckets).await?;
        let verdict = self
            .hasher
            .verify(attempt.password.clone(), on_file.hash.clone())
            .await?;
        let (Verdict::Right { outdated }, Some(user)) = (verdict, on_file.welcome()) else {
            self.refuse(&attempt, on_file.known).await?;
            sleep_until(refused_at).await;
            return Err(Error::Credentials);
        };
        let upgrade = match (outdated, attempt.password) {
            (true, Some(password)) => {
                let fresh = self.hasher.hash(password).await?;
                on_file.hash.as_deref().zip(Some(fresh))
            }
            _ => None,
        };
        let entry = Entry {
            label: attempt.label,
            origin: Origin {
                actor: user.id.to_string(),
                network: attempt.network,
                part_of: None,
            },
            device,
            take_over: attempt.take_over,
        };
        let account = user.account;
        let entrance = self
            .store
            .tenant_transaction(account, async |tx| {
                // Held until the commit: a suspension either sees this session or is seen here.
                let user = store::user::hold(&tx, account, user.id)
                    .await?
                    .filter(|user| user.state == UserState::Active)
                    .ok_or(Error::Credentials)?;
                if let Some((from, to)) = &upgrade {
                    store::credential::upgrade(&tx, account, user.id, from, to.clone()).await?;
                }
                Ok::<_, Error>(match self.challenge(&tx, &user, &entry).await? {
                    Some(challenged) => Entrance::Challenged(challenged),
                    None => {
                        let signed_in = self.begin_session(&tx, user, &entry).await?;
                        Entrance::SignedIn(Box::new(signed_in))
                    }
                })
            })
            .await;
        if matches!(&entrance, Ok(_) | Err(Error::SessionElsewhere(_))) {
            self.forgive(&buckets).await;
        }
        entrance
    }

    /// What is known about a login. For one that nobody has the same questions are asked about
    /// an account that nobody has.
    async fn look_up(&self, email: &Email) -> Result<OnFile, Error> {
        let known = store::login::whose(&self.store, email).await?;
        let (account, user) = known.unwrap_or((
            AccountId::from_uuid(Uuid::nil()),
            UserId::from_uuid(Uuid::nil()),
        ));
        self.store
            .tenant_transaction(account, async |tx| {
                Ok(OnFile {
                    known,
                    company: store::account::find(&tx, account).await?,
                    user: store::user::find(&tx, account, user).await?,
                    hash: store::credential::find(&tx, account, user).await?,
                })
            })
            .await
    }

    async fn refuse(
        &self,
        attempt: &Attempt,
        known: Option<(AccountId, UserId)>,
    ) -> Result<(), Error> {
        let origin = Origin {
            actor: String::new(),
            network: attempt.network.clone(),
            part_of: None,
        };
        match known {
            Some((account, user)) => {
                let refused = Change::new("session.refused", user).refused("CREDENTIALS_REJECTED");
                self.store
                    .tenant_transaction(account, async |tx| {
                        refused.clone().record(&tx, account, &origin).await
                    })
                    .await
            }
            None => {
                let login = sha256(attempt.email.key().as_bytes());
                let now = self.clock.now();
                let nobody = AccountId::from_uuid(Uuid::nil());
                self.store
                    .tenant_transaction(nobody, async |tx| {
                        store::stray_sign_in::insert(&tx, login, &origin.network, now).await
                    })
                    .await
            }
        }
    }

    /// A new session of a person who is held in this transaction.
    pub(super) async fn begin_session(
        &self,
        tx: &Transaction,
        user: User,
        entry: &Entry,
    ) -> Result<SignedIn, Error> {
        let (account, now) = (user.account, self.clock.now());
        let secret = self.vault.secret()?;
        let device = match &entry.device {
            Some(known) => known.clone(),
            None => self.new_device(user.id)?,
        };
        let session = Session {
            account,
            id: SessionId::generate(),
            user: user.id,
            label: entry.label.clone(),
            network: entry.origin.network.clone(),
            seen: entry.origin.network.clone(),
            device: Some(device.device),
            traceparent: telemetry::propagation::current(),
            created: now,
            family: Family::begin(&*self.vault, &secret, now, self.tokens.refresh_life()),
        };
        self.make_way(tx, &user, entry.take_over, &entry.origin)
            .await?;
        store::session::insert(tx, &session).await?;
        Change::new("session.started", session.id)
            .field("user_id", "", user.id)
            .field("client_label", "", &session.label)
            .field("new_device", false, entry.device.is_none())
            .record(tx, account, &entry.origin)
            .await?;
        self.notice_parallel(tx, &session).await?;
        let generations = store::revocation::generations(tx, account, user.id).await?;
        let holding = store::grant::holding(tx, account, user.id).await?;
        let tokens = self.pair(&session, secret, generations, &holding)?;
        let roles = holding.roles();
        Ok(SignedIn {
            tokens,
            user,
            roles,
            session,
            device_token: device.encode(),
        })
    }

    /// Sets a new password for the caller and ends their other sessions.
    pub async fn change_password(
        &self,
        by: &Person,
        current: Option<Password>,
        new: String,
    ) -> Result<(), Error> {
        let (user, company) = self.confirm_password(by, current).await?;
        let hash = self
            .hasher
            .hash(choose(new, "new_password", &user, &company)?)
            .await?;
        self.store
            .tenant_transaction(by.account, async |tx| {
                self.hold_caller(&tx, by).await?;
                self.put_password(&tx, by.account, by.user, hash.clone())
                    .await?;
                self.end_sessions(
                    &tx,
                    by.account,
                    by.user,
                    by.session,
                    EndReason::PasswordChanged,
                    &by.origin,
                )
                .await?;
                Change::new("user.password_changed", by.user)
                    .record(&tx, by.account, &by.origin)
                    .await
            })
            .await
    }

    /// The person's password from now on. What was begun with the one before ends here.
    pub(super) async fn put_password(
        &self,
        tx: &Transaction,
        account: AccountId,
        user: UserId,
        hash: String,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        store::credential::put(tx, account, user, hash, now).await?;
        store::password_reset::end_open(tx, account, user, now).await?;
        store::challenge::end_open(tx, account, user, now).await
    }

    /// The caller and their company, if `current` is the caller's password.
    pub(super) async fn confirm_password(
        &self,
        by: &Person,
        current: Option<Password>,
    ) -> Result<(User, Account), Error> {
        let (user, company, stored) = self
            .store
            .tenant_transaction(by.account, async |tx| {
                let user = store::user::find(&tx, by.account, by.user)
                    .await?
                    .ok_or(Error::CallerGone)?;
                let company = store::account::find(&tx, by.account)
                    .await?
                    .ok_or(Error::CallerGone)?;
                let hash = store::credential::find(&tx, by.account, by.user).await?;
                Ok::<_, Error>((user, company, hash))
            })
            .await?;
        let buckets = Self::sign_in_buckets(&user.email, None, &by.origin.network);
        self.admit(&buckets).await?;
        if self.hasher.verify(current, stored).await? == Verdict::Wrong {
            let refused =
                Change::new("user.password_refused", by.user).refused("CREDENTIALS_REJECTED");
            self.store
                .tenant_transaction(by.account, async |tx| {
                    refused.clone().record(&tx, by.account, &by.origin).await
                })
                .await?;
            return Err(Error::CurrentPassword);
        }
        self.forgive(&buckets).await;
        Ok((user, company))
    }
}
