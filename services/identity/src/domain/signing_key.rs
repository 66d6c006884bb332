//! The life of a key that signs access tokens (ID-5, I28).
//!
//! Published → in use → retired → gone. A key is published a while before its first use, so
//! that every verifier has it by then, and stays published after its last use until the last
//! token signed with it has ended. So a rotation costs no request.

use chrono::{DateTime, TimeDelta, Utc};

/// Keys published at once. Whoever rotates faster than tokens end would exceed it, and tokens
/// would be refused before their time.
pub const MAX_PUBLISHED: u64 = 16;

/// When keys change places.
#[derive(Debug, Clone, Copy)]
pub struct Rotation {
    /// How long a key signs.
    pub service_life: TimeDelta,
    /// How long it is published before that. Longer than verifiers cache.
    pub lead: TimeDelta,
    /// How long it is published after that. Longer than any token lives.
    pub tail: TimeDelta,
}

impl Rotation {
    /// How many keys are ever published at once: those whose tokens have not ended, the one that
    /// signs and its successor.
    #[must_use]
    pub fn most_published(&self) -> u64 {
        let life = self.service_life.num_seconds().max(1);
        let overlapping = (self.lead + self.tail).num_seconds() / life;
        overlapping.max(0).cast_unsigned() + 2
    }
}

/// The dates of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The `kid`.
    pub key_id: String,
    /// When it begins to sign.
    pub active_from: DateTime<Utc>,
    /// When its successor takes over, once there is one.
    pub replaced_at: Option<DateTime<Utc>>,
}

/// What there is to do about the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Duty {
    /// There is none that could sign: make one that does so at once.
    Found,
    /// The newest is near its end: publish a successor that takes over then.
    Succeed {
        /// The key that will be replaced.
        current: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// Nothing.
    Rest,
}

impl Schedule {
    /// Tokens signed with it are refused from then on; `None` while nobody replaces it.
    #[must_use]
    pub fn retires(&self, rotation: &Rotation) -> Option<DateTime<Utc>> {
        self.replaced_at.map(|at| at + rotation.tail)
    }

    /// Whether verifiers must know it.
    #[must_use]
    pub fn is_published(&self, rotation: &Rotation, now: DateTime<Utc>) -> bool {
        self.retires(rotation).is_none_or(|end| now < end)
    }
}

/// The key to sign with now.
#[must_use]
pub fn signing(keys: &[Schedule], now: DateTime<Utc>) -> Option<&Schedule> {
    keys.iter()
        .filter(|key| key.active_from <= now && key.replaced_at.is_none_or(|end| now < end))
        .max_by_key(|key| key.active_from)
}

/// What has to be done about the keys now.
#[must_use]
pub fn duty(keys: &[Schedule], rotation: &Rotation, now: DateTime<Utc>) -> Duty {
    let Some(newest) = keys
        .iter()
        .filter(|key| key.replaced_at.is_none())
        .max_by_key(|key| key.active_from)
    else {
        return Duty::Found;
    };
    let due = newest.active_from + rotation.service_life;
    if now + rotation.lead < due {
        return Duty::Rest;
    }
    // After a long stop `due` has passed, and still nobody may sign with a key that the
    // verifiers have not had time to learn.
    Duty::Succeed {
        current: newest.key_id.clone(),
        at: due.max(now + rotation.lead),
    }
}

#[cfg(test)]
#[path = "signing_key_tests.rs"]
mod tests;
