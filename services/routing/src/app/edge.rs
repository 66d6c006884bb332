//! Edges: the stream of their commands, and their signs of life.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::{StreamExt, TryStreamExt, stream};
use ids::{AccountId, CallId, EdgeId, LegId};
use live::Partition;
use moka::sync::Cache;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{App, Shared};
use crate::{
    domain::{Call, LegState},
    error::Error,
    live::{
        edge::{self, CommandId, Commands},
        keys,
    },
    peers::floor::{HeldLock, RENEWED_AT_ONCE},
};

/// Commands of one partition read at a time.
const BATCH: usize = 64;
/// How long a read waits, and how soon a stream learns that another replica took it over.
const BLOCK: Duration = Duration::from_secs(1);
/// The least time between two reads. One read looks into the streams of all partitions, so under
/// load it is cheaper to find several commands with it than to make one for each.
const GAP: Duration = Duration::from_millis(2);
/// How long until Redis is asked again after it failed.
const PAUSE: Duration = Duration::from_millis(250);
/// Partitions confirmed, calls read and accounts renewed at a time.
const CONCURRENT: usize = 16;
/// Calls whose renewal is remembered.
const REMEMBERED: u64 = 100_000;

/// The Attach streams that this replica serves.
#[derive(Debug, Default)]
pub(crate) struct Attachments(Mutex<HashMap<EdgeId, Current>>);

#[derive(Debug)]
struct Current {
    stream: String,
    ended: CancellationToken,
}

impl Attachments {
    fn lock(&self) -> MutexGuard<'_, HashMap<EdgeId, Current>> {
        // Whoever panicked left a map that is as good as any.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Calls whose locks were renewed a moment ago.
#[derive(Debug)]
pub(crate) struct Renewals(Cache<CallId, ()>);

impl Renewals {
    pub(super) fn every(span: Duration) -> Self {
        Self(
            Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(span)
                .build(),
        )
    }
}

/// A leg that an edge says lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct LiveLeg {
    pub(crate) call: CallId,
    pub(crate) leg: LegId,
}

/// An edge's stream of commands. Dropping it leaves the edge without one.
#[derive(Debug)]
pub(crate) struct Attached {
    app: Shared,
    edge: EdgeId,
    stream: String,
    ended: CancellationToken,
    commands: Commands,
    /// When this stream last was the edge's current one for sure.
    checked: Instant,
    last_read: Instant,
}

impl Drop for Attached {
    fn drop(&mut self) {
        let mut all = self.app.attachments.lock();
        if all
            .get(&self.edge)
            .is_some_and(|current| current.stream == self.stream)
        {
            all.remove(&self.edge);
        }
    }
}

impl Attached {
    /// The next commands, encoded. Waits until there are some.
    pub(crate) async fn next(&mut self) -> Result<Vec<(CommandId, Vec<u8>)>, Error> {
        let ended = self.ended.clone();
        loop {
            if self.checked.elapsed() >= BLOCK {
                self.check().await?;
                self.checked = Instant::now();
            }
            let read = async {
                tokio::time::sleep_until(self.last_read + GAP).await;
                self.commands.next(BATCH, BLOCK).await
            };
            let read = ended.run_until_cancelled(read).await;
            self.last_read = Instant::now();
            match read.ok_or(Error::Superseded)? {
                Ok(commands) if commands.is_empty() => {}
                Ok(commands) => return Ok(commands),
                Err(error) if error.is_temporary() => {
                    tracing::debug!(edge = %self.edge, %error, "commands wait");
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Another replica may serve the edge by now. Commands sent twice in that second are
    /// harmless: the edge knows them by their ids.
    async fn check(&self) -> Result<(), Error> {
        match edge::is_attached(&self.app.live, self.edge, &self.stream).await {
            Ok(false) => Err(Error::Superseded),
            Ok(true) => Ok(()),
            Err(error) if error.is_temporary() => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

impl App {
    /// The lease of an edge, and how often it must say that it lives.
    pub(crate) fn edge_terms(&self) -> (Duration, Duration) {
        (self.edge_lease, self.edge_keepalive)
    }

    /// Makes this the edge's one stream of commands, from the oldest unacknowledged on.
    pub(crate) async fn attach(self: &Shared, edge: EdgeId) -> Result<Attached, Error> {
        let stream = Uuid::new_v4().simple().to_string();
        edge::attach(&self.live, edge, &stream).await?;
        let ended = CancellationToken::new();
        let current = Current {
            stream: stream.clone(),
            ended: ended.clone(),
        };
        if let Some(before) = self.attachments.lock().insert(edge, current) {
            before.ended.cancel();
        }
        let commands = Commands::new(&self.live, edge);
        Ok(Attached {
            app: self.clone(),
            edge,
            stream,
            ended,
            commands,
            checked: Instant::now(),
            last_read: Instant::now(),
        })
    }

    /// The edge has carried these commands out.
    pub(crate) async fn acknowledge(&self, edge: EdgeId, ids: &[CommandId]) -> Result<(), Error> {
        Ok(edge::acknowledge(&self.live, edge, ids).await?)
    }

    /// The edge lives, and so do these legs. Returns those that routing does not know or has
    /// ended.
    pub(crate) async fn keep_alive(
        self: &Shared,
        edge: EdgeId,
        legs: Vec<LiveLeg>,
    ) -> Result<Vec<LiveLeg>, Error> {
        let mut by_partition: BTreeMap<Partition, HashSet<CallId>> = BTreeMap::new();
        for leg in &legs {
            by_partition
                .entry(keys::partition_of(leg.call))
                .or_default()
                .insert(leg.call);
        }
        let calls: HashSet<CallId> = by_partition.values().flatten().copied().collect();
        let unknown: HashSet<CallId> = stream::iter(by_partition)
            .map(|(partition, calls)| async move {
                let calls: Vec<_> = calls.into_iter().collect();
                let lease = self.edge_lease;
                edge::keep(&self.live, &self.timers, partition, edge, lease, &calls).await
            })
            .buffer_unordered(CONCURRENT)
            .try_fold(HashSet::new(), async |mut all, some| {
                all.extend(some);
                Ok(all)
            })
            .await?;
        let known = self.read_all(calls.difference(&unknown).copied()).await?;
        self.renew_in_background(&known);
        let is_over = |leg: &LiveLeg| match known.get(&leg.call) {
            Some(call) => has_ended(call, leg.leg),
            None => true,
        };
        Ok(legs.into_iter().filter(is_over).collect())
    }

    async fn read_all(
        &self,
        calls: impl Iterator<Item = CallId>,
    ) -> Result<HashMap<CallId, Arc<Call>>, Error> {
        stream::iter(calls)
            .map(|id| async move {
                let stored = match self.calls.recall(id) {
                    Some(stored) => Some(stored),
                    None => self.calls.load(id).await?,
                };
                Ok::<_, Error>(stored.map(|stored| (id, Arc::new(stored.call))))
            })
            .buffer_unordered(CONCURRENT)
            .try_filter_map(async |found| Ok(found))
            .try_collect()
            .await
    }

    /// Extends the locks of people who talk, not more often than needed.
    fn renew_in_background(self: &Shared, calls: &HashMap<CallId, Arc<Call>>) {
        let mut by_account: HashMap<AccountId, Vec<HeldLock>> = HashMap::new();
        for (id, call) in calls {
            let locks = call.held_locks().map(|(person, token)| HeldLock {
                call: *id,
                person,
                token,
            });
            let mut locks = locks.peekable();
            if locks.peek().is_some() && !self.renewals.0.contains_key(id) {
                by_account.entry(call.account).or_default().extend(locks);
            }
        }
        if by_account.is_empty() {
            return;
        }
        let app = self.clone();
        self.tasks.spawn(async move {
            let batches = by_account.into_iter().flat_map(|(account, locks)| {
                let batches: Vec<_> = locks.chunks(RENEWED_AT_ONCE).map(<[_]>::to_vec).collect();
                batches.into_iter().map(move |batch| (account, batch))
            });
            stream::iter(batches)
                .for_each_concurrent(CONCURRENT, |(account, locks)| app.renew(account, locks))
                .await;
        });
    }

    async fn renew(&self, account: AccountId, locks: Vec<HeldLock>) {
        match self.floor.renew(account, &locks).await {
            Ok(lost) => {
                for lock in locks {
                    self.renewals.0.insert(lock.call, ());
                }
                for lock in lost {
                    tracing::warn!(call = %lock.call, person = %lock.person, "a lock is lost");
                }
            }
            Err(error) => tracing::warn!(%account, %error, "locks are renewed later"),
        }
    }
}

/// Whether routing knows that this leg is over. What is at hand of a call may be old, but an
/// ended leg stays ended, and a leg that is not known yet is one just made.
fn has_ended(call: &Call, leg: LegId) -> bool {
    if call.is_ended() {
        return true;
    }
    let known = call.legs.iter().find(|known| known.id == leg);
    known.is_some_and(|known| known.state == LegState::Ended)
}
