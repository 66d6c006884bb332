//! One follower per replica, for everybody who watches on it.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ids::{AccountId, UserId};
use live::{
    Partition,
    event::{Entry, Follower, Offset},
};
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;

use super::Seen;
use crate::{error::Error, live::Store};

/// Reads the event streams of the partitions that somebody here watches, once for all of them.
#[derive(Clone)]
pub struct Hub(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Somebody watches a partition that is not being read yet.
    wanted: Notify,
    /// Changes kept for a reader that is behind.
    buffer: usize,
}

#[derive(Default)]
struct State {
    watchers: HashMap<AccountId, broadcast::Sender<Seen>>,
    places: BTreeMap<Partition, Offset>,
}

const KIND: &str = "strowger.presence.v1.PersonEvent";
/// Events read at a time from each partition.
const PAGE: usize = 512;
/// How long one read waits, and so how long a partition that nobody watches is read on.
const WAIT: Duration = Duration::from_secs(1);
/// The pause while Redis is gone.
const PAUSE: Duration = Duration::from_millis(250);

impl Hub {
    /// A hub that keeps `buffer` changes of an account for a reader that is behind.
    #[must_use]
    pub fn new(buffer: usize) -> Self {
        Self(Arc::new(Shared {
            state: Mutex::default(),
            wanted: Notify::new(),
            buffer,
        }))
    }

    /// Every change of an account after `start`, and perhaps some before.
    pub(super) fn subscribe(&self, account: AccountId, start: Offset) -> broadcast::Receiver<Seen> {
        let mut state = self.state();
        state.places.entry(Partition::of(account)).or_insert(start);
        let watchers = state.watchers.entry(account);
        let watchers = watchers.or_insert_with(|| broadcast::channel(self.0.buffer).0);
        let changes = watchers.subscribe();
        drop(state);
        self.0.wanted.notify_one();
        changes
    }

    /// Reads and passes on, until `drain`.
    pub async fn run(self, store: Store, drain: CancellationToken) {
        let mut follower = Follower::new(store.live());
        loop {
            let places = self.places();
            let read = async {
                if places.is_empty() {
                    std::future::pending().await
                } else {
                    follower.read(&places, PAGE, WAIT).await
                }
            };
            let page = tokio::select! {
                () = drain.cancelled() => return,
                () = self.0.wanted.notified() => continue,
                page = read => page,
            };
            let passed = match page {
                Ok(page) => self.pass_on(&store, page).await,
                Err(error) => Err(error.into()),
            };
            if let Err(error) = passed {
                tracing::debug!(%error, "changes are late");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Moves the places only after everything was passed on: a failure repeats, and the versions
    /// keep repeats from the readers.
    async fn pass_on(&self, store: &Store, page: Vec<Entry>) -> Result<(), Error> {
        let mut changed: HashMap<AccountId, HashMap<UserId, Change>> = HashMap::new();
        let mut places = BTreeMap::new();
        for entry in &page {
            places.insert(entry.partition, entry.offset);
            let Ok(event) = &entry.event else { continue };
            if self.is_watched(event.account)
                && let Some((person, change)) = person_event(entry, event.account)
            {
                changed
                    .entry(event.account)
                    .or_default()
                    .insert(person, change);
            }
        }
        for (account, people) in changed {
            let seen = read_people(store, account, people).await?;
            let watchers = self.state().watchers.get(&account).cloned();
            for seen in seen {
                // Fails when the last reader has just left.
                if let Some(watchers) = &watchers {
                    let _ = watchers.send(seen);
                }
            }
        }
        let mut state = self.state();
        for (partition, place) in places {
            state
                .places
                .entry(partition)
                .and_modify(|known| *known = place);
        }
        Ok(())
    }

    /// Where to read on; forgets what nobody watches any more.
    fn places(&self) -> Vec<(Partition, Offset)> {
        let mut state = self.state();
        state
            .watchers
            .retain(|_, watchers| watchers.receiver_count() > 0);
        let watched: Vec<_> = state
            .watchers
            .keys()
            .map(|account| Partition::of(*account))
            .collect();
        state
            .places
            .retain(|partition, _| watched.contains(partition));
        state
            .places
            .iter()
            .map(|(partition, place)| (*partition, *place))
            .collect()
    }

    fn is_watched(&self, account: AccountId) -> bool {
        self.state().watchers.contains_key(&account)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The last change of a person: its version, and where it stands in the stream.
pub(super) type Change = (u64, Offset);

/// Whose change an entry is, if it is one of this account.
pub(super) fn person_event(entry: &Entry, account: AccountId) -> Option<(UserId, Change)> {
    let event = entry.event.as_ref().ok()?;
    if event.kind != KIND || event.account != account {
        return None;
    }
    Some((event.subject.parse().ok()?, (event.seq, entry.offset)))
}

/// People who changed, as they are now, in the order of their changes.
pub(super) async fn read_people(
    store: &Store,
    account: AccountId,
    changes: HashMap<UserId, Change>,
) -> Result<Vec<Seen>, Error> {
    let ids: Vec<_> = changes.keys().copied().collect();
    let mut people: HashMap<_, _> = store
        .people(account, &ids)
        .await?
        .into_iter()
        .map(|person| (person.id, person))
        .collect();
    let mut seen: Vec<_> = changes
        .into_iter()
        .map(|(id, (version, place))| {
            let person = people.remove(&id);
            let version = person
                .as_ref()
                .map_or(version, |person| person.version.max(version));
            Seen {
                id,
                version,
                person,
                snapshot: false,
                resume: Some(place),
            }
        })
        .collect();
    seen.sort_by_key(|seen| seen.resume);
    Ok(seen)
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Hub")
            .field("accounts", &state.watchers.len())
            .finish_non_exhaustive()
    }
}
