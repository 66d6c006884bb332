//! What people and their apps ask for.

use std::{collections::BTreeSet, ops::Bound};

use ids::{AccountId, DeviceId, QueueId, UserId};

use super::{App, Sight};
use crate::{
    domain::{Instant, Person},
    error::Error,
    live::{ModeChange, Wish},
};

/// A page of people.
#[derive(Debug, Clone)]
pub struct Listing {
    /// Ordered by id.
    pub people: Vec<Person>,
    /// The last id that was looked at, if there may be more behind it.
    pub next: Option<UserId>,
}

/// People read at a time while looking for members of a queue.
const STRIDE: usize = 200;

impl App {
    /// A device is alive, and in use in the truncated network `used_in` unless that is empty.
    /// Returns when it counts as gone.
    pub async fn heartbeat(
        &self,
        account: AccountId,
        person: UserId,
        device: DeviceId,
        used_in: &str,
    ) -> Result<Instant, Error> {
        let lease = self.0.settings.device_lease;
        self.prepared(account, || {
            self.0
                .store
                .heartbeat(account, person, device, lease, used_in)
        })
        .await
    }

    /// Somebody chooses a person's mode.
    pub async fn set_mode(
        &self,
        account: AccountId,
        request: &str,
        person: UserId,
        change: &ModeChange,
    ) -> Result<Person, Error> {
        self.prepared(account, || {
            self.0.store.set_mode(account, request, person, change)
        })
        .await
    }

    /// A person chooses the mode for after their call.
    pub async fn queue_next_mode(
        &self,
        account: AccountId,
        request: &str,
        person: UserId,
        wish: Wish,
    ) -> Result<Person, Error> {
        self.prepared(account, || {
            self.0.store.queue_next_mode(account, request, person, wish)
        })
        .await
    }

    /// A person ends their rest.
    pub async fn end_wrap_up(
        &self,
        account: AccountId,
        request: &str,
        person: UserId,
    ) -> Result<Person, Error> {
        self.prepared(account, async || {
            self.0.store.end_wrap_up(account, request, person).await
        })
        .await
    }

    /// A person who did not respond is back.
    pub async fn return_to_ready(
        &self,
        account: AccountId,
        request: &str,
        person: UserId,
    ) -> Result<Person, Error> {
        self.prepared(account, || {
            self.0.store.return_to_ready(account, request, person)
        })
        .await
    }

    /// A dynamic member joins (`true`) or leaves a queue.
    pub async fn log_in(
        &self,
        account: AccountId,
        request: &str,
        person: UserId,
        queue: QueueId,
        joins: bool,
    ) -> Result<Person, Error> {
        self.prepared(account, || {
            self.0.store.log_in(account, request, person, queue, joins)
        })
        .await
    }

    /// One person.
    pub async fn person(&self, account: AccountId, person: UserId) -> Result<Person, Error> {
        self.prepared(account, || async {
            let found = self.0.store.person(account, person).await?;
            found
                .filter(|person| !person.gone)
                .ok_or(Error::PersonUnknown)
        })
        .await
    }

    /// A page of an account's people, or of a queue's members, as far as somebody sees them.
    pub async fn people(
        &self,
        account: AccountId,
        sight: &Sight,
        queue: Option<QueueId>,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Listing, Error> {
        self.0.rosters.ensure(account).await?;
        if let Some(seen) = self.seen(account, sight).await? {
            return self.people_among(account, &seen, queue, after, limit).await;
        }
        if let Some(queue) = queue {
            self.prepared(account, || async {
                let known = self.0.store.has_queue(account, queue).await?;
                known.then_some(()).ok_or(Error::QueueUnknown)
            })
            .await?;
        }
        let mut listing = Listing {
            people: Vec::new(),
            next: after,
        };
        loop {
            let missing = limit - listing.people.len();
            let stride = if queue.is_some() { STRIDE } else { missing };
            let ids = self.0.store.page(account, listing.next, stride).await?;
            for person in self.0.store.people(account, &ids).await? {
                if listing.people.len() == limit {
                    return Ok(listing);
                }
                listing.next = Some(person.id);
                if !person.gone && is_member(&person, queue) {
                    listing.people.push(person);
                }
            }
            if ids.len() < stride {
                listing.next = None;
                return Ok(listing);
            }
            listing.next = ids.last().copied();
            if listing.people.len() == limit {
                return Ok(listing);
            }
        }
    }
}

impl App {
    /// A page of these people, or of those among them who are members of a queue.
    async fn people_among(
        &self,
        account: AccountId,
        seen: &BTreeSet<UserId>,
        queue: Option<QueueId>,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Listing, Error> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let ids: Vec<UserId> = seen.range((from, Bound::Unbounded)).copied().collect();
        let mut people = Vec::new();
        for ids in ids.chunks(STRIDE) {
            for person in self.0.store.people(account, ids).await? {
                if person.gone || !is_member(&person, queue) {
                    continue;
                }
                if people.len() == limit {
                    let next = people.last().map(|person: &Person| person.id);
                    return Ok(Listing { people, next });
                }
                people.push(person);
            }
        }
        Ok(Listing { people, next: None })
    }
}

fn is_member(person: &Person, queue: Option<QueueId>) -> bool {
    queue.is_none_or(|queue| person.memberships.iter().any(|place| place.queue == queue))
}
