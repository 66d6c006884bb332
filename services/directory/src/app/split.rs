//! Splitting a shared identity into people (ID-11): planned, begun, and taken step by step.
//!
//! The state of a split is a row. Every step asks identity or writes here, and both can be
//! repeated: what identity does has a request id that follows from the split, and what is written
//! here is written under the locks of account and split, once ([`steps`]). So whoever comes next
//! goes on where a crash has left off, with their own right: there is no other to go on with.

mod steps;

use futures::try_join;
use ids::{AccountId, ExtensionId, QueueId, RingGroupId, SplitId};
use store::{Transaction, replay};

use super::{
    App, audit,
    caller::{Intent, Sight, Splitter},
    edit::Edit,
};
use crate::{
    domain::{
        change::Change,
        key::Kind,
        split::{
            Person, Split, Successor, SuccessorKind, Wish,
            outlook::{Obstacle, Outlook},
            said::{Said, State},
        },
        target::Place,
    },
    error::Error,
    store::{plan, split as splits},
};

pub use steps::Tokens;

impl App {
    /// What a split would do and what stands in its way.
    pub async fn plan_split(&self, by: &Splitter, wish: &Wish) -> Result<(Outlook, Said), Error> {
        let config = match self.plan(by.account).await {
            Err(Error::AccountNotFound) => return Err(Error::NotFound(Kind::Extension)),
            config => config?,
        };
        let mut outlook = Outlook::of(&config, wish).ok_or(Error::NotFound(Kind::Extension))?;
        let said = self.ask_about(by, wish).await?;
        let said = said.ok_or(Error::PersonNotFound(wish.person))?;
        let find = |tx| async move { splits::of_person(&tx, by.account, wish.person).await };
        let other = self.0.store.tenant_transaction(by.account, find).await?;
        outlook.obstacles.extend(said.obstacles(by.owner));
        outlook
            .obstacles
            .extend(other.map(|_| Obstacle::InProgress));
        Ok((outlook, said))
    }

    /// Begins a split if it would still go as it was planned, or finds the one that this request
    /// began.
    pub async fn begin_split<M: prost::Message + Default>(
        &self,
        by: &Splitter,
        intent: &Intent,
        wish: &Wish,
        etag: &str,
        reply: impl Fn(SplitId) -> M + Sync,
    ) -> Result<M, Error> {
        if intent.sight != Sight::Everything {
            return Err(Error::PermissionMissing(intent.permission));
        }
        let (known, now) = (&self.account(intent).await?, self.0.clock.now());
        // Asked before the transaction, which holds locks, and told inside it: a repeated request
        // finds its split although identity knows the people by now.
        let (said, reply) = (&self.ask_about(by, wish).await?, &reply);
        let work = |tx: Transaction| async move {
            let effect = async {
                // The account is locked: what is looked at stays until the split is written.
                let edit = Edit::begin(&tx, known, intent, now).await?;
                let account = intent.account;
                let config = plan::load(&tx, account).await?;
                let outlook = config.and_then(|config| Outlook::of(&config, wish));
                let outlook = outlook.ok_or(Error::NotFound(Kind::Extension))?;
                let said = said.as_ref().ok_or(Error::PersonNotFound(wish.person))?;
                if let Some(other) = splits::of_person(&tx, account, wish.person).await? {
                    return Err(Error::SplitInProgress(other));
                }
                if outlook.etag() != etag {
                    return Err(Error::SplitPlanChanged);
                }
                let obstacles = [outlook.obstacles, said.obstacles(by.owner)].concat();
                if !obstacles.is_empty() {
                    return Err(Error::SplitConflict(obstacles));
                }
                let split = begun(wish, now);
                splits::insert(&tx, account, &split).await?;
                let changes = vec![
                    Change::named("person_id", split.person),
                    Change::named("successor_id", split.successor.place),
                ];
                let entry = audit::Entry::done("split.started", changes);
                audit::record(&tx, account, &intent.origin, split.id, entry).await?;
                edit.publish().await?;
                Ok(reply(split.id))
            };
            replay::once(&tx, &intent.attempt, effect).await
        };
        self.0.store.tenant_transaction(intent.account, work).await
    }

    /// How far a split is.
    pub async fn split(&self, account: AccountId, id: SplitId) -> Result<Split, Error> {
        let find = |tx| async move { splits::find(&tx, account, id).await };
        let split = self.0.store.tenant_transaction(account, find).await?;
        split.ok_or(Error::SplitNotFound)
    }

    /// What identity says of everybody; `None` if the shared identity is not there or has left.
    async fn ask_about(&self, by: &Splitter, wish: &Wish) -> Result<Option<Said>, Error> {
        let identity = &self.0.identity;
        let newcomers = wish.newcomers.iter();
        let profiles: Vec<_> = newcomers.map(|newcomer| &newcomer.profile).collect();
        let (standing, seats, people) = try_join!(
            identity.standing(&by.on_behalf, wish.person),
            identity.seats(&by.on_behalf),
            identity.rehearse(&by.on_behalf, &profiles),
        )?;
        let there = standing.filter(|standing| standing.state != State::Deactivated);
        Ok(there.map(|standing| Said {
            standing,
            seats,
            people,
        }))
    }
}

/// A new split. All ids of its own are chosen here, once.
fn begun(wish: &Wish, now: chrono::DateTime<chrono::Utc>) -> Split {
    let place = match wish.kind {
        SuccessorKind::RingGroup(_) => Place::RingGroup(RingGroupId::generate()),
        SuccessorKind::Queue(_) => Place::Queue(QueueId::generate()),
    };
    let people = wish.newcomers.iter().map(|newcomer| Person {
        extension: ExtensionId::generate(),
        display_name: newcomer.display_name.clone(),
        short_number: newcomer.short_number.clone(),
        profile: Some(newcomer.profile.clone()),
        invited: None,
    });
    Split {
        id: SplitId::generate(),
        person: wish.person,
        successor: Successor {
            place,
            name: wish.name.clone(),
            kind: wish.kind,
        },
        people: people.collect(),
        created: now,
        switched: None,
        deactivated: None,
        archived: None,
    }
}
