//! Sessions after sign-in: refreshing, listing, ending.

use ::store::{Transaction, page::Page};
use access::Generations;
use chrono::{DateTime, Utc};
use ids::{AccountId, SessionId, UserId};

use super::{
    App,
    audit::Change,
    caller::{Origin, Person},
    token::AccessToken,
};
use crate::{
    domain::{
        account::{Account, AccountState},
        bearer::RefreshToken,
        grant::Holding,
        session::{Client, EndReason, Presented, Secret, Session},
        sharing,
        user::{User, UserState},
    },
    error::Error,
    store,
};

/// What a signed-in client works with.
#[derive(Debug, Clone)]
pub struct TokenPair {
    /// For the next minutes.
    pub access: AccessToken,
    /// For the next pair.
    pub refresh: AccessToken,
}

/// What became of a refresh token, for the part after the commit.
enum Outcome {
    /// Here is the successor.
    Given(Box<Given>),
    /// The session has ended with this use.
    Reused,
    /// Somebody else moved the family meanwhile: look again.
    Overtaken,
}

/// A session as it goes on.
struct Given {
    session: Session,
    secret: Secret,
    generations: Generations,
    holding: Holding,
}

/// The sessions in the way of a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elsewhere {
    /// How many, as far as they are counted.
    pub sessions: usize,
    /// When the last of them was signed in or refreshed.
    pub last_active: DateTime<Utc>,
}

/// How many sessions in the way are counted.
const MAX_OTHERS: u64 = 100;

/// Each round is a whole rotation by somebody else; with an honest client there are two.
const MAX_ROUNDS: usize = 8;

impl App {
    /// A refresh token for the next pair.
    pub async fn refresh(
        &self,
        token: &str,
        device: &str,
        network: &str,
    ) -> Result<TokenPair, Error> {
        let token = RefreshToken::decode(token).ok_or(Error::RefreshRejected)?;
        for _ in 0..MAX_ROUNDS {
            match self
                .store
                .tenant_transaction(token.account, async |tx| {
                    self.present(&tx, &token, device, network).await
                })
                .await?
            {
                Outcome::Given(given) => {
                    return self.pair(
                        &given.session,
                        given.secret,
                        given.generations,
                        &given.holding,
                    );
                }
                Outcome::Reused => return Err(Error::RefreshReused),
                Outcome::Overtaken => {}
            }
        }
        Err(Error::RefreshRejected)
    }

    async fn present(
        &self,
        tx: &Transaction,
        token: &RefreshToken,
        device: &str,
        network: &str,
    ) -> Result<Outcome, Error> {
        let (account, now) = (token.account, self.clock.now());
        let session = store::session::find(tx, account, token.session)
            .await?
            .ok_or(Error::RefreshRejected)?;
        let life = self.tokens.refresh_life();
        let family = &session.family;
        let generation = family.generation;
        let device = self.known_device(device, session.user);
        let is_same = session.seen == network
            || device.is_some_and(|known| session.device == Some(known.device));
        let client = if is_same {
            Client::Same
        } else {
            Client::Another
        };
        let mut is_new = false;
        let presented = family.present(
            &*self.vault,
            token.generation,
            &token.secret,
            client,
            now,
            life,
        );
        let (next, secret) = match presented {
            Presented::Rejected => return Err(Error::RefreshRejected),
            Presented::Again { secret } => (family.clone(), secret),
            Presented::Next { family, secret } => {
                let advanced =
                    store::session::advance(tx, account, session.id, generation, &family, network);
                if !advanced.await? {
                    return Ok(Outcome::Overtaken);
                }
                is_new = true;
                (family, secret)
            }
            Presented::Reused { family } => {
                let advanced =
                    store::session::advance(tx, account, session.id, generation, &family, network);
                if !advanced.await? {
                    return Ok(Outcome::Overtaken);
                }
                let origin = Origin {
                    actor: session.user.to_string(),
                    network: network.to_owned(),
                    part_of: None,
                };
                self.revoke_sessions(tx, &[session.id]).await?;
                ended(session.id, EndReason::Reused)
                    .record(tx, account, &origin)
                    .await?;
                self.notice_reuse(tx, &session, network).await?;
                return Ok(Outcome::Reused);
            }
        };
        // Before everything that the token will say.
        let generations = store::revocation::generations(tx, account, session.user).await?;
        // Suspending ends the sessions in its own transaction, so this is the second lock.
        let company = self
            .welcome(tx, account, session.user)
            .await?
            .ok_or(Error::RefreshRejected)?;
        // Not the end of the session: it goes on once they have one.
        if self.lacks_factor(tx, &company, session.user).await? {
            return Err(Error::RefreshRejected);
        }
        let holding = store::grant::holding(tx, account, session.user).await?;
        let session = Session {
            family: next,
            seen: network.to_owned(),
            ..session
        };
        if is_new {
            self.notice_parallel(tx, &session).await?;
        }
        Ok(Outcome::Given(Box::new(Given {
            session,
            secret,
            generations,
            holding,
        })))
    }

    /// The company, if it and the person may use the mesh.
    pub(super) async fn welcome(
        &self,
        tx: &Transaction,
        account: AccountId,
        user: UserId,
    ) -> Result<Option<Account>, Error> {
        let user = store::user::find(tx, account, user).await?;
        let company = store::account::find(tx, account).await?;
        let user_may = user.is_some_and(|user| user.state == UserState::Active);
        Ok(company.filter(|company| user_may && company.state == AccountState::Active))
    }

    /// The tokens of a session whose newest refresh token has this secret.
    pub(super) fn pair(
        &self,
        session: &Session,
        secret: Secret,
        generations: Generations,
        holding: &Holding,
    ) -> Result<TokenPair, Error> {
        let access = self.token_of_person(session, generations, holding)?;
        let refresh = RefreshToken {
            account: session.account,
            session: session.id,
            generation: session.family.generation,
            secret,
        };
        Ok(TokenPair {
            access,
            refresh: AccessToken {
                text: refresh.encode(),
                expires: session.family.expires,
            },
        })
    }

    /// A page of the caller's live sessions, and the token of the next.
    pub async fn sessions(
        &self,
        by: &Person,
        page: &Page<SessionId>,
    ) -> Result<(Vec<Session>, String), Error> {
        self.store
            .tenant_transaction(by.account, async |tx| {
                let now = self.clock.now();
                let before = page.after().copied();
                let sessions =
                    store::session::page(&tx, by.account, by.user, before, page.fetch(), now)
                        .await?;
                Ok(page.cut(sessions, |session| session.id))
            })
            .await
    }

    /// Ends one of the caller's sessions.
    pub async fn end_session(&self, by: &Person, session: SessionId) -> Result<(), Error> {
        self.store
            .tenant_transaction(by.account, async |tx| {
                let (reason, now) = (EndReason::SignedOut, self.clock.now());
                if !store::session::end(&tx, by.account, by.user, session, reason, now).await? {
                    return Err(Error::SessionNotFound);
                }
                self.revoke_sessions(&tx, &[session]).await?;
                ended(session, reason)
                    .record(&tx, by.account, &by.origin)
                    .await
            })
            .await
    }

    /// Ends the session that the caller uses. Signing out twice is signing out.
    pub async fn sign_out(&self, by: &Person) -> Result<(), Error> {
        match by.session {
            None => Ok(()),
            Some(session) => match self.end_session(by, session).await {
                Err(Error::SessionNotFound) => Ok(()),
                outcome => outcome,
            },
        }
    }

    /// Sees to it that a new session is the only one, where the account allows one.
    pub(super) async fn make_way(
        &self,
        tx: &Transaction,
        user: &User,
        take_over: bool,
        by: &Origin,
    ) -> Result<(), Error> {
        let account = user.account;
        let company = store::account::find(tx, account).await?;
        let company = company.ok_or(Error::AccountNotFound)?;
        if company.settings.sharing != sharing::Policy::OneSession {
            return Ok(());
        }
        store::session::one_at_a_time(tx, user.id).await?;
        let now = self.clock.now();
        let live = store::session::page(tx, account, user.id, None, MAX_OTHERS, now).await?;
        let Some(last_active) = live.iter().map(|session| session.family.rotated).max() else {
            return Ok(());
        };
        if !take_over {
            return Err(Error::SessionElsewhere(Elsewhere {
                sessions: live.len(),
                last_active,
            }));
        }
        self.end_sessions(tx, account, user.id, None, EndReason::TakenOver, by)
            .await
    }

    /// Ends every session of somebody who may not go on with them.
    pub(super) async fn withdraw_sessions(
        &self,
        tx: &Transaction,
        by: &Person,
        user: UserId,
    ) -> Result<(), Error> {
        let reason = EndReason::Withdrawn;
        self.end_sessions(tx, by.account, user, None, reason, &by.origin)
            .await
    }

    /// Ends every session of a person, except perhaps one.
    pub(super) async fn end_sessions(
        &self,
        tx: &Transaction,
        account: AccountId,
        user: UserId,
        except: Option<SessionId>,
        reason: EndReason,
        by: &Origin,
    ) -> Result<(), Error> {
        let mut sessions =
            store::session::end_all(tx, account, user, except, reason, self.clock.now()).await?;
        // In the order of their ids, as the outbox asks.
        sessions.sort_unstable();
        self.revoke_sessions(tx, &sessions).await?;
        for session in sessions {
            ended(session, reason).record(tx, account, by).await?;
        }
        Ok(())
    }
}

fn ended(session: SessionId, reason: EndReason) -> Change {
    Change::new("session.ended", session).field("end_reason", "", reason.name())
}
