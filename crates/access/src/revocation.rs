//! Which tokens are refused although they have not expired (I26).
//!
//! A token says how often its owner's tokens, and those of the whole account,
//! had been recalled when it was made: its [`Generations`]. A revocation names
//! the generation from which on tokens are good again. No clock decides: not
//! one that ticks in whole seconds, and not those of two replicas of identity
//! that differ. A session that has ended never comes back, so there the id
//! alone decides.

use std::collections::HashMap;

use api::access::v1::ErrorReason;
use chrono::{DateTime, TimeDelta, Utc};
use fault::Fault;
use ids::{AccountId, ServiceKeyId, SessionId, UserId};
use serde::{Deserialize, Serialize};

use crate::caller::{Caller, Subject};

/// How often tokens had been recalled when a token was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generations {
    /// Those of the person or the service key.
    #[serde(rename = "sub", default)]
    pub subject: u64,
    /// Those of everybody in the account.
    #[serde(rename = "acc", default)]
    pub account: u64,
}

impl Generations {
    /// Whether nothing had ever been recalled.
    pub fn is_first(&self) -> bool {
        *self == Self::default()
    }
}

/// Whose tokens are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Revoked {
    /// Those of one sign-in, for good.
    Session(SessionId),
    /// Those of a person.
    User(UserId),
    /// Those of everybody, and of every service key, of an account.
    Account(AccountId),
    /// Those of a service key.
    ServiceKey(ServiceKeyId),
}

/// Tokens that are refused from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Revocation {
    /// Whose.
    pub whose: Revoked,
    /// Only tokens of an earlier generation. Of no meaning for a session.
    pub generation: u64,
    /// Since when.
    pub revoked: DateTime<Utc>,
    /// When the last of these tokens has expired.
    pub expires: DateTime<Utc>,
}

impl Revocation {
    /// The generation that no token reaches: for a service key that is gone.
    pub const FOR_GOOD: u64 = i64::MAX.cast_unsigned();
}

/// Revocations kept at once: some 50 MB. Far more than people sign out within
/// the life of a token.
const KEPT_MAX: usize = 500_000;
/// A token may have been made a little after its revocation, by a replica of
/// identity that was just about to, or whose clock is ahead.
const SLACK: TimeDelta = TimeDelta::seconds(10);

/// Everything that is revoked. What does not fit is not forgotten: then the
/// oldest revocations become one instant, and every token from before it is
/// refused, also those of people who would only have to refresh.
#[derive(Debug, Clone)]
pub struct RevocationSet {
    kept: HashMap<Revoked, Kept>,
    kept_max: usize,
    all_before: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy)]
struct Kept {
    generation: u64,
    revoked: DateTime<Utc>,
    expires: DateTime<Utc>,
}

impl Default for RevocationSet {
    fn default() -> Self {
        Self::keeping(KEPT_MAX)
    }
}

impl RevocationSet {
    /// An empty set that keeps `max` revocations apart, at least one.
    pub fn keeping(max: usize) -> Self {
        Self {
            kept: HashMap::new(),
            kept_max: max.max(1),
            all_before: DateTime::UNIX_EPOCH,
        }
    }

    /// These tokens are refused from now on. In any order and any number of
    /// times; nothing is ever allowed again.
    pub fn add(&mut self, revocation: Revocation) {
        let Revocation {
            whose,
            generation,
            revoked,
            expires,
        } = revocation;
        let kept = self.kept.entry(whose).or_insert(Kept {
            generation,
            revoked,
            expires,
        });
        kept.generation = kept.generation.max(generation);
        kept.revoked = kept.revoked.max(revoked);
        kept.expires = kept.expires.max(expires);
        if self.kept.len() > self.kept_max {
            self.make_room();
        }
    }

    /// Drops what is about tokens that have expired by themselves.
    pub fn forget(&mut self, now: DateTime<Utc>) {
        self.kept.retain(|_, kept| now < kept.expires);
    }

    /// Whether the token that this caller came with is refused.
    pub fn refuses(&self, caller: &Caller) -> bool {
        let Generations { subject, account } = caller.generations;
        let of_subject = match caller.subject {
            Subject::User(user) => Some(Revoked::User(user)),
            Subject::Service(key) => Some(Revoked::ServiceKey(key)),
            // Edges belong to the platform and its configuration.
            Subject::Edge(_) => None,
        };
        let recalled = |whose: Option<Revoked>, generation| {
            whose
                .and_then(|whose| self.kept.get(&whose))
                .is_some_and(|kept| generation < kept.generation)
        };
        caller.issued < self.all_before
            || caller
                .session
                .is_some_and(|session| self.kept.contains_key(&Revoked::Session(session)))
            || recalled(of_subject, subject)
            || recalled(caller.account.map(Revoked::Account), account)
    }

    /// How many revocations are kept apart.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Turns the oldest half into an instant.
    fn make_room(&mut self) {
        let mut times: Vec<_> = self.kept.values().map(|kept| kept.revoked).collect();
        let middle = times.len() / 2;
        let (_, newest_to_go, _) = times.select_nth_unstable(middle);
        let newest_to_go = *newest_to_go;
        self.kept.retain(|_, kept| kept.revoked > newest_to_go);
        self.all_before = self.all_before.max(newest_to_go + SLACK);
    }
}

/// The fault for a caller whose token is refused.
pub fn token_revoked() -> Fault {
    Fault::unauthenticated(
        ErrorReason::TokenRevoked,
        "the access token has been revoked; refresh it or sign in again",
    )
}

#[cfg(test)]
#[path = "revocation_tests.rs"]
mod tests;
