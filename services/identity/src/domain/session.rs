//! A sign-in and its family of refresh tokens (ID-5).
//!
//! Each refresh token opens exactly one successor. The server keeps only the digest of the
//! newest; an older one is recognised because the chain leads from it to the newest: successor
//! = HMAC(server key, token). So the honest retry of a lost answer gets the same successor
//! without anything being stored in the clear, and whoever steals an old token cannot compute
//! the newer ones.

use chrono::{DateTime, TimeDelta, Utc};
use ids::{AccountId, SessionId, UserId};
use subtle::ConstantTimeEq;

use super::line::Label;

/// A lost answer may be asked for again for this long.
pub const HONEST_RETRY: TimeDelta = TimeDelta::seconds(10);

/// A token more generations behind than this is refused without following the chain, so that
/// nobody can make us hash for long. A client that refreshes as it should takes weeks to get
/// there, and by then its token has expired.
pub const MAX_GENERATIONS_BEHIND: u64 = 4096;

/// The random part of a refresh token.
pub type Secret = [u8; 32];

/// How secrets lead on and what is stored of them. One-way both.
pub trait Chain {
    /// The secret that follows.
    fn successor(&self, secret: &Secret) -> Secret;
    /// What is stored in its place.
    fn digest(&self, secret: &Secret) -> [u8; 32];
}

/// A sign-in of one person on one client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The tenant.
    pub account: AccountId,
    /// Which.
    pub id: SessionId,
    /// Who.
    pub user: UserId,
    /// What the client called itself.
    pub label: Label,
    /// Where it came from, truncated; empty when unknown.
    pub network: String,
    /// Where it was used last, likewise.
    pub seen: String,
    /// The device, as its token names it; `None` in sessions from before that was kept.
    pub device: Option<[u8; 16]>,
    /// `traceparent` of the sign-in; empty when not traced.
    pub traceparent: String,
    /// Sign-in.
    pub created: DateTime<Utc>,
    /// Its refresh tokens.
    pub family: Family,
}

/// The refresh tokens of one session, of which the newest counts.
#[derive(Clone, PartialEq, Eq)]
pub struct Family {
    /// How often it was refreshed.
    pub generation: u64,
    /// Digest of the newest secret.
    pub digest: [u8; 32],
    /// When the newest was issued.
    pub rotated: DateTime<Utc>,
    /// When the newest ends.
    pub expires: DateTime<Utc>,
    /// When and why it ended before that.
    pub ended: Option<(DateTime<Utc>, EndReason)>,
}

/// Why a session is over before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// The person signed out or ended it from another session.
    SignedOut,
    /// A refresh token was used twice.
    Reused,
    /// The password was changed.
    PasswordChanged,
    /// The person was suspended, left or had their second factor reset, or the account was
    /// suspended.
    Withdrawn,
    /// The person signed in elsewhere, in an account that allows one session.
    TakenOver,
}

impl EndReason {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::SignedOut,
        Self::Reused,
        Self::PasswordChanged,
        Self::Withdrawn,
        Self::TakenOver,
    ];

    /// The name in the database and the audit trail.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignedOut => "SIGNED_OUT",
            Self::Reused => "REUSED",
            Self::PasswordChanged => "PASSWORD_CHANGED",
            Self::Withdrawn => "WITHDRAWN",
            Self::TakenOver => "TAKEN_OVER",
        }
    }

    /// The reason with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// Who presents a refresh token, as far as can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// Whoever the newest one was given to.
    Same,
    /// Perhaps somebody else.
    Another,
}

/// What becomes of a presented refresh token.
#[derive(Clone, PartialEq, Eq)]
pub enum Presented {
    /// The newest: here is the next one. Commit it if the generation is still the same.
    Next {
        /// The family after the rotation.
        family: Family,
        /// The new newest.
        secret: Secret,
    },
    /// The one before, just now, by the same client: the answer was lost. The same successor
    /// again.
    Again {
        /// The newest, as issued before.
        secret: Secret,
    },
    /// An old one: somebody has a copy. The family has ended.
    Reused {
        /// The family after its end.
        family: Family,
    },
    /// Unknown, expired or of an ended session. Changes nothing: without the secret nobody can
    /// end somebody's session.
    Rejected,
}

impl Family {
    /// The family of a new session.
    #[must_use]
    pub fn begin(chain: &impl Chain, first: &Secret, now: DateTime<Utc>, life: TimeDelta) -> Self {
        Self {
            generation: 0,
            digest: chain.digest(first),
            rotated: now,
            expires: now + life,
            ended: None,
        }
    }

    /// Whether it still gives access.
    #[must_use]
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.ended.is_none() && now < self.expires
    }

    /// Over, unless it was over already.
    #[must_use]
    pub fn end(self, reason: EndReason, now: DateTime<Utc>) -> Self {
        Self {
            ended: self.ended.or(Some((now, reason))),
            ..self
        }
    }

    /// A client presents `secret` as that of `generation`.
    #[must_use]
    pub fn present(
        &self,
        chain: &impl Chain,
        generation: u64,
        secret: &Secret,
        client: Client,
        now: DateTime<Utc>,
        life: TimeDelta,
    ) -> Presented {
        let behind = match self.generation.checked_sub(generation) {
            Some(behind) if behind <= MAX_GENERATIONS_BEHIND && self.is_live(now) => behind,
            _ => return Presented::Rejected,
        };
        let newest = (0..behind).fold(*secret, |secret, _| chain.successor(&secret));
        if !bool::from(chain.digest(&newest).ct_eq(&self.digest)) {
            return Presented::Rejected;
        }
        match behind {
            0 => {
                let next = chain.successor(secret);
                let family = Self {
                    generation: self.generation + 1,
                    digest: chain.digest(&next),
                    rotated: now,
                    expires: now + life,
                    ended: None,
                };
                Presented::Next {
                    family,
                    secret: next,
                }
            }
            1 if client == Client::Same && now - self.rotated <= HONEST_RETRY => {
                Presented::Again { secret: newest }
            }
            _ => Presented::Reused {
                family: self.clone().end(EndReason::Reused, now),
            },
        }
    }
}

impl std::fmt::Debug for Family {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Family")
            .field("generation", &self.generation)
            .field("rotated", &self.rotated)
            .field("expires", &self.expires)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

/// Names the outcome, never the secret.
impl std::fmt::Debug for Presented {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Next { .. } => "Next",
            Self::Again { .. } => "Again",
            Self::Reused { .. } => "Reused",
            Self::Rejected => "Rejected",
        })
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
