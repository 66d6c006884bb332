//! Watching people: everybody as they are, then every change, without a gap between the two and
//! without a buffer that grows.

mod hub;

use std::collections::HashMap;

use ids::{AccountId, UserId};
use live::{
    Partition,
    event::{self, Follower, Offset},
};
use tokio::sync::{broadcast, mpsc};

use super::{App, Sight};
use crate::{domain::Person, error::Error};

pub use hub::Hub;

/// A person, as somebody who watches sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Who.
    pub id: UserId,
    /// Their version; a lower one is older.
    pub version: u64,
    /// As they are; `None` when they have left the account.
    pub person: Option<Person>,
    /// True while the snapshot is being sent.
    pub snapshot: bool,
    /// Where to go on after this; `None` in the middle of a snapshot, which must be had whole,
    /// and for who sees some people.
    pub resume: Option<Offset>,
}

/// What a watcher reads from.
pub type Watcher = mpsc::Receiver<Result<Seen, Error>>;

/// Changes on their way to one reader, besides those that the hub keeps for all of them.
const ON_THE_WAY: usize = 16;
/// People or events read at a time.
const PAGE: usize = 500;

impl App {
    /// Watches an account's people, as far as somebody sees them; from the start or from
    /// `resume`.
    ///
    /// # Errors
    /// `ResumeTooOld` when changes after `resume` are no longer kept, and always for who sees
    /// some people: who of them is out of sight since then cannot be told.
    pub async fn watch(
        &self,
        account: AccountId,
        sight: Sight,
        resume: Option<Offset>,
    ) -> Result<Watcher, Error> {
        self.0.rosters.ensure(account).await?;
        let partition = Partition::of(account);
        // First the place, then everything up to it, then what the hub has from it on: what
        // happens in between is seen twice and sent once, by its version.
        let trimmed = event::trimmed(self.0.store.live(), partition).await?;
        let start = self.0.store.last_event(partition).await?.max(trimmed);
        let changes = self.0.hub.subscribe(account, start);
        // Ahead of the end is a place in a stream that Redis has lost.
        let partly = matches!(sight, Sight::Covered(..));
        if resume.is_some_and(|resume| partly || resume < trimmed || resume > start) {
            return Err(Error::ResumeTooOld);
        }
        let (sender, watcher) = mpsc::channel(ON_THE_WAY);
        let reader = Reader {
            app: self.clone(),
            account,
            sight,
            sender,
            sent: HashMap::new(),
        };
        tokio::spawn(reader.run(resume, start, changes));
        Ok(watcher)
    }
}

struct Reader {
    app: App,
    account: AccountId,
    sight: Sight,
    sender: mpsc::Sender<Result<Seen, Error>>,
    sent: HashMap<UserId, u64>,
}

/// Whoever read is gone: there is nobody to tell.
struct Gone;

impl Reader {
    async fn run(
        mut self,
        resume: Option<Offset>,
        start: Offset,
        changes: broadcast::Receiver<Seen>,
    ) {
        let beginning = match resume {
            None => self.everybody().await,
            Some(resume) => self.changed_since(resume, start).await,
        };
        let sent = match beginning {
            Ok(people) => self.send_beginning(people, resume, start).await,
            Err(error) => self.send(Err(error)).await.and(Err(Gone)),
        };
        if sent.is_ok() {
            // Ends when the reader has gone.
            let Err(Gone) = self.follow(changes).await;
        }
    }

    async fn send_beginning(
        &mut self,
        people: Vec<Seen>,
        resume: Option<Offset>,
        start: Offset,
    ) -> Result<(), Gone> {
        let last = people.len().saturating_sub(1);
        for (place, mut seen) in people.into_iter().enumerate() {
            seen.snapshot = resume.is_none();
            seen.resume = if place == last { Some(start) } else { resume };
            self.offer(seen).await?;
        }
        Ok(())
    }

    async fn follow(
        &mut self,
        mut changes: broadcast::Receiver<Seen>,
    ) -> Result<std::convert::Infallible, Gone> {
        loop {
            let change = tokio::select! {
                change = changes.recv() => change,
                () = self.sender.closed() => return Err(Gone),
            };
            match change {
                Ok(seen) => self.offer(seen).await?,
                // Behind, or the hub has stopped with the process: to be resumed either way.
                Err(_) => {
                    self.send(Err(Error::ReaderTooSlow)).await?;
                    return Err(Gone);
                }
            }
        }
    }

    /// Sends what is newer than what was sent. Who is out of sight now has left, to this reader.
    async fn offer(&mut self, mut seen: Seen) -> Result<(), Gone> {
        let known = self.sent.get(&seen.id);
        if known.is_some_and(|known| *known >= seen.version) {
            return Ok(());
        }
        match self.app.sees(self.account, &self.sight, seen.id).await {
            Ok(true) => drop(self.sent.insert(seen.id, seen.version)),
            Ok(false) if known.is_none() => return Ok(()),
            // Told once: what they do from now on is not for this reader.
            Ok(false) => {
                self.sent.remove(&seen.id);
                seen.person = None;
            }
            Err(error) => return self.send(Err(error)).await.and(Err(Gone)),
        }
        if matches!(self.sight, Sight::Covered(..)) {
            seen.resume = None;
        }
        self.send(Ok(seen)).await
    }

    async fn send(&self, item: Result<Seen, Error>) -> Result<(), Gone> {
        self.sender.send(item).await.map_err(|_| Gone)
    }

    async fn everybody(&self) -> Result<Vec<Seen>, Error> {
        let store = &self.app.0.store;
        let ids: Vec<UserId> = match self.app.seen(self.account, &self.sight).await? {
            Some(seen) => seen.into_iter().collect(),
            None => store.everybody(self.account).await?.into_iter().collect(),
        };
        let people = store.people(self.account, &ids).await?;
        Ok(people
            .into_iter()
            .filter(|person| !person.gone)
            .map(Seen::of)
            .collect())
    }

    /// Everybody who changed in `(resume, start]`, as they are now.
    async fn changed_since(&self, resume: Offset, start: Offset) -> Result<Vec<Seen>, Error> {
        let partition = Partition::of(self.account);
        let mut follower = Follower::new(self.app.0.store.live());
        let mut place = resume;
        let mut versions = HashMap::new();
        while place < start {
            let page = follower
                .read(&[(partition, place)], PAGE, std::time::Duration::ZERO)
                .await?;
            let Some(last) = page.last() else { break };
            place = last.offset;
            let ours = page
                .iter()
                .filter_map(|entry| hub::person_event(entry, self.account));
            versions.extend(ours);
        }
        hub::read_people(&self.app.0.store, self.account, versions).await
    }
}

impl Seen {
    fn of(person: Person) -> Self {
        let (id, version) = (person.id, person.version);
        Self {
            id,
            version,
            person: Some(person),
            snapshot: false,
            resume: None,
        }
    }
}
