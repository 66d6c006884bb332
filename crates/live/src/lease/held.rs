use std::{fmt, sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use tokio::time::Instant;

use crate::{Key, Partition};

/// The lease of this replica on one partition. Cheap to clone; clones see every renewal.
#[derive(Clone)]
pub struct Held {
    key: Arc<Key>,
    token: Arc<str>,
    slots: Slots,
}

impl Held {
    /// The partition.
    #[must_use]
    pub fn partition(&self) -> Partition {
        self.key.partition()
    }

    /// True while nobody else can have the partition. Ask before every act.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.slots
            .deadline(self)
            .is_some_and(|deadline| Instant::now() < deadline)
    }

    /// How long this replica has had the partition without a break. Who has had it for a short
    /// time only has seen little: what looks dead may just not have been heard of yet.
    #[must_use]
    pub fn held_for(&self) -> Duration {
        let since = self.slots.since(self);
        since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// What the lease's key holds in Redis while this lease is good. Never used twice.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The lease's key, for scripts that compare the token.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.token == other.token && self.partition() == other.partition()
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.partition(), self.token)
    }
}

/// What this replica holds, one slot per partition.
#[derive(Clone)]
pub(crate) struct Slots(Arc<[ArcSwapOption<Grant>]>);

struct Grant {
    key: Arc<Key>,
    token: Arc<str>,
    since: Instant,
    deadline: Instant,
}

impl Default for Slots {
    fn default() -> Self {
        Self(Partition::all().map(|_| ArcSwapOption::empty()).collect())
    }
}

impl Slots {
    /// A lease was granted until `deadline`.
    pub(crate) fn grant(&self, key: &Arc<Key>, token: &Arc<str>, deadline: Instant) {
        self.store(key, token, Instant::now(), deadline);
    }

    /// A lease was renewed until `deadline`.
    pub(crate) fn extend(&self, held: &Held, deadline: Instant) {
        let since = self.since(held).unwrap_or_else(Instant::now);
        self.store(&held.key, &held.token, since, deadline);
    }

    pub(crate) fn clear(&self, partition: Partition) {
        self.slot(partition).store(None);
    }

    /// The lease last granted, valid or not.
    pub(crate) fn held(&self, partition: Partition) -> Option<Held> {
        let grant = self.slot(partition).load_full()?;
        Some(Held {
            key: grant.key.clone(),
            token: grant.token.clone(),
            slots: self.clone(),
        })
    }

    pub(crate) fn deadline(&self, held: &Held) -> Option<Instant> {
        let grant = self.slot(held.partition()).load();
        grant
            .as_ref()
            .filter(|grant| grant.token == held.token)
            .map(|grant| grant.deadline)
    }

    fn since(&self, held: &Held) -> Option<Instant> {
        let grant = self.slot(held.partition()).load();
        grant
            .as_ref()
            .filter(|grant| grant.token == held.token)
            .map(|grant| grant.since)
    }

    fn store(&self, key: &Arc<Key>, token: &Arc<str>, since: Instant, deadline: Instant) {
        let grant = Grant {
            key: key.clone(),
            token: token.clone(),
            since,
            deadline,
        };
        self.slot(key.partition()).store(Some(Arc::new(grant)));
    }

    fn slot(&self, partition: Partition) -> &ArcSwapOption<Grant> {
        &self.0[usize::from(partition.index())]
    }
}
