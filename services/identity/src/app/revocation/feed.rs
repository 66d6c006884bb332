//! How a revocation reaches every service, on whichever replica it happened.
//!
//! Each replica looks into the database twice a second, once for all who follow it, and tells
//! them what is new. Postgres alone carries it: Redis may be gone. Followers read what is there
//! already by themselves, page by page, so a slow one costs nobody memory.

use std::{collections::HashSet, sync::Arc, time::Duration};

use ::store::{Scope, Store};
use access::{Revocation, Revoked};
use chrono::{DateTime, Utc};
use clock::Clock;
use futures::stream::{self, Stream};
use rpc::revocations::Revocations;
use tokio::{
    sync::{
        Notify,
        broadcast::{self, error::RecvError},
    },
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    error::Error,
    store::revocation::{self, Horizon},
};

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Revocations in one query and in one message.
const PAGE: usize = 1000;
/// Looks that a follower may be behind; then it reads everything again.
const LOOKS_BEHIND: usize = 16;

/// The feed of one replica.
#[derive(Debug)]
pub struct Feed {
    store: Store,
    clock: Clock,
    /// What this process checks its own callers with.
    revocations: Revocations,
    looks: broadcast::Sender<Look>,
    /// Somebody begins to follow and need not wait for the next look.
    wanted: Notify,
}

/// What one look found.
#[derive(Debug, Clone)]
struct Look {
    begun: Instant,
    as_of: DateTime<Utc>,
    found: Arc<Vec<Revocation>>,
}

/// What a follower is told at once.
#[derive(Debug)]
pub struct Part {
    /// At most [`PAGE`].
    pub revocations: Vec<Revocation>,
    /// Everything that was revoked before then has been told; `None` while there is more.
    pub as_of: Option<DateTime<Utc>>,
}

impl Feed {
    /// A feed that nobody follows; [`Feed::run`] makes it flow.
    #[must_use]
    pub fn new(store: Store, clock: Clock, revocations: Revocations) -> Self {
        Self {
            store,
            clock,
            revocations,
            looks: broadcast::Sender::new(LOOKS_BEHIND),
            wanted: Notify::new(),
        }
    }

    /// Looks until `drain`. While Postgres is gone nothing is told, and so every follower notices
    /// that it knows less and less.
    pub async fn run(self: Arc<Self>, drain: CancellationToken) {
        let work = async {
            let mut since = Horizon::default();
            let mut known = HashSet::new();
            let mut was_well = true;
            loop {
                let looked = self.look(&mut since, &mut known).await;
                // Told when it begins, not twice a second that it lasts.
                if let Err(error) = &looked
                    && was_well
                {
                    tracing::warn!(%error, "cannot look for revocations");
                }
                was_well = looked.is_ok();
                // Woken or not, it is time.
                let _ = timeout(LOOK_EVERY, self.wanted.notified()).await;
            }
        };
        drain.run_until_cancelled(work).await;
    }

    /// One look. `known` are those that were seen already and will be seen again, because a
    /// transaction that began before theirs goes on.
    async fn look(
        &self,
        since: &mut Horizon,
        known: &mut HashSet<Revocation>,
    ) -> Result<(), Error> {
        let (as_of, begun) = (self.clock.now(), Instant::now());
        let (horizon, seen) = self.read(*since).await?;
        let found: Vec<_> = seen.difference(known).copied().collect();
        (*since, *known) = (horizon, seen);
        self.revocations.add(found.iter().copied());
        self.revocations.seen_until(begun);
        // Nobody listens: nobody follows.
        let _ = self.looks.send(Look {
            begun,
            as_of,
            found: Arc::new(found),
        });
        Ok(())
    }

    async fn read(&self, since: Horizon) -> Result<(Horizon, HashSet<Revocation>), Error> {
        self.store
            .transact(Scope::platform().snapshot(), async |tx| {
                let horizon = revocation::horizon(&tx).await?;
                // A database that was restored elsewhere counts anew.
                let since = if horizon < since {
                    Horizon::default()
                } else {
                    since
                };
                let mut seen = HashSet::new();
                let mut after = None;
                loop {
                    let page = revocation::page(&tx, since, after, PAGE as u64).await?;
                    after = page.last().map(|last| last.whose);
                    let is_last = page.len() < PAGE;
                    seen.extend(page);
                    if is_last {
                        return Ok((horizon, seen));
                    }
                }
            })
            .await
    }

    /// Everything that is revoked, then every change. Ends only with an error.
    pub fn follow(self: Arc<Self>) -> impl Stream<Item = Result<Part, Error>> + Send {
        let follower = Follower {
            began: Instant::now(),
            looks: self.looks.subscribe(),
            catching_up: Some(None),
            feed: self,
        };
        stream::try_unfold(follower, async |mut follower| {
            let part = follower.next().await?;
            Ok(part.map(|part| (part, follower)))
        })
    }
}

/// Somebody who follows. It has listened since before it began to read, so that what it does not
/// find there it hears.
struct Follower {
    feed: Arc<Feed>,
    began: Instant,
    looks: broadcast::Receiver<Look>,
    /// The last that was read of what is there already; `None` when it has read all.
    catching_up: Option<Option<Revoked>>,
}

impl Follower {
    async fn next(&mut self) -> Result<Option<Part>, Error> {
        loop {
            if let Some(after) = self.catching_up {
                let since = Horizon::default();
                let page = revocation::page(&self.feed.store, since, after, PAGE as u64).await?;
                self.catching_up = match page.last() {
                    Some(last) if page.len() == PAGE => Some(Some(last.whose)),
                    _ => None,
                };
                if self.catching_up.is_none() {
                    self.feed.wanted.notify_one();
                }
                return Ok(Some(Part {
                    revocations: page,
                    as_of: None,
                }));
            }
            match self.looks.recv().await {
                // Too much at once is read page by page like at the beginning.
                Ok(look) if look.found.len() > PAGE => self.catching_up = Some(None),
                Ok(look) => {
                    return Ok(Some(Part {
                        revocations: look.found.to_vec(),
                        // Its first word must not be older than its question: from that it
                        // reckons how old the others are.
                        as_of: (self.began <= look.begun).then_some(look.as_of),
                    }));
                }
                Err(RecvError::Lagged(_)) => self.catching_up = Some(None),
                Err(RecvError::Closed) => return Ok(None),
            }
        }
    }
}
