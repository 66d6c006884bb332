//! The steps of a split. Each is taken once, however often and by however many it is tried.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::try_join_all;
use ids::{SplitId, UserId};
use store::Transaction;

use crate::{
    app::{
        App, audit,
        caller::{Intent, Sight},
        edit::{Edit, Ground},
    },
    domain::{
        change::Change,
        key::Kind,
        plan::Plan,
        resource::{Record, Resource},
        split::{
            Profile, Split, Step,
            rewire::{self, NewSuccessor, Rewired},
            said::State,
        },
        target::Place,
    },
    error::Error,
    peers::identity::StepError,
    store::{plan, split as splits, table::Table},
};

/// The invitations of people who have not accepted yet. Secret: they go to the caller and nowhere
/// else.
pub type Tokens = HashMap<UserId, String>;

/// As long as identity remembers whom it has invited in which request, and a little less.
const TOKENS_REMEMBERED: TimeDelta = TimeDelta::hours(23);

const EMAIL_TAKEN: &str = "EMAIL_TAKEN";
const PROFILE_MISSING: &str = "PROFILE_MISSING";

impl App {
    /// Takes a split as far as it goes.
    pub async fn continue_split(
        &self,
        intent: &Intent,
        id: SplitId,
    ) -> Result<(Split, Tokens), Error> {
        if intent.sight != Sight::Everything {
            return Err(Error::PermissionMissing(intent.permission));
        }
        let mut tokens = Tokens::new();
        loop {
            // Every step is behind the one before, so this ends.
            let split = self.split(intent.account, id).await?;
            match split.next() {
                Step::Invite(index) => tokens.extend(self.invite(intent, &split, index).await?),
                Step::Switch => self.switch(intent, &split).await?,
                Step::Deactivate if self.wait_is_over(intent, &split).await? => {
                    self.deactivate(intent, &split).await?;
                }
                Step::Archive => self.archive(intent, &split).await?,
                Step::Deactivate | Step::Done => {
                    self.remember(intent, &split, &mut tokens).await?;
                    return Ok((split, tokens));
                }
            }
        }
    }

    async fn invite(
        &self,
        intent: &Intent,
        split: &Split,
        index: usize,
    ) -> Result<Option<(UserId, String)>, Error> {
        let step = Step::Invite(index);
        let person = split.people.get(index);
        let profile = person.and_then(|person| person.profile.as_ref());
        // Kept until everybody is invited.
        let profile = profile.ok_or_else(|| refused(split, step, PROFILE_MISSING.to_owned()))?;
        let (identity, caller) = (&self.0.identity, &intent.on_behalf.part_of(split.id));
        let request_id = invitation(split.id, index);
        let (person, token) = match identity.invite(caller, request_id, profile).await {
            Ok((person, token)) => (person, Some((person, token))),
            // Nobody had the address when the split began: it was given away by a try of this
            // step that identity has forgotten, or by somebody else's.
            Err(StepError::Refused(reason)) if reason == EMAIL_TAKEN => {
                let found = identity.find(caller, profile).await?;
                let others: Vec<_> = split.invited().collect();
                let found = found.filter(|person| !others.contains(person));
                let person = found.ok_or_else(|| refused(split, step, reason))?;
                (person, None)
            }
            Err(error) => return Err(failed(split, step, error)),
        };
        self.take(intent, split.id, step, "split.invited", |split, now| {
            if let Some(invited) = split.people.get_mut(index) {
                invited.invited = Some((person, now));
            }
            vec![Change::named("person_id", person)]
        })
        .await?;
        Ok(token)
    }

    /// From here on calls ring the successor.
    async fn switch(&self, intent: &Intent, split: &Split) -> Result<(), Error> {
        let (known, now) = (&self.account(intent).await?, self.0.clock.now());
        let work = |tx: Transaction| async move {
            let edit = Edit::begin(&tx, known, intent, now).await?;
            let Some(mut split) = due(&tx, intent, split.id, Step::Switch).await? else {
                return Ok(());
            };
            let config = configuration(&tx, intent).await?;
            let switch = rewire::switch(&config, &split);
            let switch = switch.ok_or(Error::NotFound(Kind::Extension))?;
            let switch = switch.map_err(Error::SplitConflict)?;
            let mut edit = edit.part_of(split.id);
            for (person, extension) in split.people.iter().zip(switch.extensions) {
                edit.create(person.extension, &settled(&extension)).await?;
            }
            match (switch.successor, split.successor.place) {
                (NewSuccessor::RingGroup(group), Place::RingGroup(id)) => {
                    edit.create(id, &settled(&group)).await?;
                }
                (NewSuccessor::Queue(queue), Place::Queue(id)) => {
                    edit.create(id, &settled(&queue)).await?;
                }
                // The kind of its id is the kind of the successor: both are read from the id.
                (NewSuccessor::RingGroup(_) | NewSuccessor::Queue(_), _) => {
                    return Err(Error::SplitNotFound);
                }
            }
            apply(&mut edit, &switch.rewired, "rewired").await?;
            split.switched = Some(now);
            splits::update(&tx, intent.account, &split).await?;
            let place = Change::named("successor_id", split.successor.place);
            told(&tx, intent, &split, "split.switched", vec![place]).await?;
            edit.publish().await
        };
        self.0.store.tenant_transaction(intent.account, work).await
    }

    /// Whether one of the new people is there to be called, or the shared identity has been
    /// deactivated by hand: then nobody waits for it, even if nobody new ever comes.
    async fn wait_is_over(&self, intent: &Intent, split: &Split) -> Result<bool, Error> {
        let states = self.states(intent, split).await?;
        if states
            .iter()
            .any(|(_, state)| *state == Some(State::Active))
        {
            return Ok(true);
        }
        let identity = &self.0.identity;
        let shared = identity.standing(&intent.on_behalf, split.person).await?;
        Ok(shared.is_some_and(|shared| shared.state == State::Deactivated))
    }

    async fn deactivate(&self, intent: &Intent, split: &Split) -> Result<(), Error> {
        let request_id = format!("{}.deactivate", split.id);
        let (identity, caller) = (&self.0.identity, &intent.on_behalf.part_of(split.id));
        let left = identity.deactivate(caller, request_id, split.person).await;
        left.map_err(|error| failed(split, Step::Deactivate, error))?;
        self.take(
            intent,
            split.id,
            Step::Deactivate,
            "split.deactivated",
            |split, now| {
                split.deactivated = Some(now);
                vec![Change::named("person_id", split.person)]
            },
        )
        .await
    }

    /// Nothing rings the shared identity any more.
    async fn archive(&self, intent: &Intent, split: &Split) -> Result<(), Error> {
        let (known, now) = (&self.account(intent).await?, self.0.clock.now());
        let work = |tx: Transaction| async move {
            let edit = Edit::begin(&tx, known, intent, now).await?;
            let Some(mut split) = due(&tx, intent, split.id, Step::Archive).await? else {
                return Ok(());
            };
            let config = configuration(&tx, intent).await?;
            let mut edit = edit.part_of(split.id);
            let rewired = rewire::archive(&config, split.person);
            apply(&mut edit, &rewired, "rewired").await?;
            split.archived = Some(now);
            let split = split.forgetful();
            splits::update(&tx, intent.account, &split).await?;
            let person = Change::named("person_id", split.person);
            told(&tx, intent, &split, "split.finished", vec![person]).await?;
            edit.publish().await
        };
        self.0.store.tenant_transaction(intent.account, work).await
    }

    /// Writes that identity has taken a step, unless that is written.
    async fn take(
        &self,
        intent: &Intent,
        id: SplitId,
        step: Step,
        action: &str,
        change: impl Fn(&mut Split, DateTime<Utc>) -> Vec<Change> + Sync,
    ) -> Result<(), Error> {
        let (now, change) = (self.0.clock.now(), &change);
        let work = |tx: Transaction| async move {
            let Some(mut split) = due(&tx, intent, id, step).await? else {
                return Ok(());
            };
            let changes = change(&mut split, now);
            splits::update(&tx, intent.account, &split).await?;
            told(&tx, intent, &split, action, changes).await
        };
        self.0.store.tenant_transaction(intent.account, work).await
    }

    /// Adds the invitations of former tries: the caller may not have got them.
    async fn remember(
        &self,
        intent: &Intent,
        split: &Split,
        tokens: &mut Tokens,
    ) -> Result<(), Error> {
        let lost = |person: UserId, at: DateTime<Utc>| {
            !tokens.contains_key(&person) && self.0.clock.now() - at < TOKENS_REMEMBERED
        };
        let people = split.people.iter().enumerate();
        let lost: Vec<(usize, UserId, &Profile)> = people
            .filter_map(|(index, person)| {
                let (id, _) = person.invited.filter(|(id, at)| lost(*id, *at))?;
                Some((index, id, person.profile.as_ref()?))
            })
            .collect();
        if lost.is_empty() {
            return Ok(());
        }
        let states: HashMap<_, _> = self.states(intent, split).await?.into_iter().collect();
        for (index, person, profile) in lost {
            if states.get(&person) != Some(&Some(State::Invited)) {
                continue;
            }
            let request_id = invitation(split.id, index);
            let again = self
                .0
                .identity
                .invite(&intent.on_behalf, request_id, profile);
            match again.await {
                Ok((same, token)) if same == person => drop(tokens.insert(person, token)),
                // Invited by somebody else's hand: the token is theirs.
                Ok(_) | Err(StepError::Refused(_)) => {}
                Err(StepError::Unreachable(error)) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn states(
        &self,
        intent: &Intent,
        split: &Split,
    ) -> Result<Vec<(UserId, Option<State>)>, Error> {
        let ask = split.invited().map(|person| async move {
            let standing = self.0.identity.standing(&intent.on_behalf, person).await?;
            Ok::<_, Error>((person, standing.map(|standing| standing.state)))
        });
        try_join_all(ask).await
    }
}

/// What identity recognises an invitation by.
fn invitation(split: SplitId, index: usize) -> String {
    format!("{split}.invite.{index}")
}

/// The split, locked, if `step` is what it waits for.
async fn due(
    tx: &Transaction,
    intent: &Intent,
    id: SplitId,
    step: Step,
) -> Result<Option<Split>, Error> {
    let split = splits::lock(tx, intent.account, id).await?;
    let split = split.ok_or(Error::SplitNotFound)?;
    Ok((split.next() == step).then_some(split))
}

async fn configuration(tx: &Transaction, intent: &Intent) -> Result<Plan, Error> {
    let config = plan::load(tx, intent.account).await?;
    config.ok_or(Error::AccountNotFound)
}

async fn told(
    tx: &Transaction,
    intent: &Intent,
    split: &Split,
    action: &str,
    changes: Vec<Change>,
) -> Result<(), Error> {
    let entry = audit::Entry::done(action, changes);
    audit::record(tx, intent.account, &intent.origin, split.id, entry).await
}

async fn apply(edit: &mut Edit<'_>, rewired: &Rewired, verb: &str) -> Result<(), Error> {
    write(edit, &rewired.numbers, verb).await?;
    write(edit, &rewired.extensions, verb).await?;
    write(edit, &rewired.ring_groups, verb).await?;
    write(edit, &rewired.queues, verb).await?;
    write(edit, &rewired.menus, verb).await
}

async fn write<R: Table>(
    edit: &mut Edit<'_>,
    records: &[Record<R>],
    verb: &str,
) -> Result<(), Error> {
    for record in records {
        edit.update(record.id, None, verb, &settled(&record.value))
            .await?;
    }
    Ok(())
}

/// Settings that are decided.
fn settled<R: Resource>(value: &R) -> impl Fn(&Ground<'_, R>) -> Result<R, Error> {
    |_| Ok(value.clone())
}

fn refused(split: &Split, step: Step, reason: String) -> Error {
    Error::SplitStepRefused {
        split: split.id,
        step,
        reason,
    }
}

fn failed(split: &Split, step: Step, error: StepError) -> Error {
    match error {
        StepError::Refused(reason) => refused(split, step, reason),
        StepError::Unreachable(error) => error.into(),
    }
}
