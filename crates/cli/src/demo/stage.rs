//! Where the demo plays: the company, the edge, the clock and the ledger.

use std::{
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::ensure;
use api::presence::v1::{ListPeopleRequest, State};
use chrono::{DateTime, Utc};
use clock::Clock;

use super::{
    ledger::{Bounds, Ledger, Moment, Played},
    office::Office,
    story::Story,
};
use crate::answer::Doing as _;

/// Everything the script needs.
pub(crate) struct Stage {
    pub(crate) office: Office,
    pub(crate) edge: edge::Edge,
    pub(crate) story: Story,
    clock: Clock,
    ledger: Mutex<Ledger>,
}

impl Stage {
    pub(crate) fn new(office: Office, edge: edge::Edge) -> Self {
        Self {
            office,
            edge,
            story: Story::begin(),
            clock: Clock::system(),
            ledger: Mutex::default(),
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Does something, and says when that was.
    pub(crate) async fn measure<T>(&self, work: impl Future<Output = T>) -> (Moment, T) {
        let earliest = self.now();
        let done = work.await;
        (
            Moment {
                earliest,
                latest: self.now(),
            },
            done,
        )
    }

    /// A call is over.
    pub(crate) fn enter(&self, played: Played) {
        self.ledger().calls.push(played);
    }

    /// A rest after a call of the queue is over.
    pub(crate) fn rested(&self, person_id: &str, rest: Bounds) {
        self.ledger()
            .rests
            .entry(person_id.to_owned())
            .or_default()
            .push(rest);
    }

    /// What was played so far.
    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails if somebody else of the queue is free and has waited longer for a
    /// call than this person, by what the ledger says of their last calls.
    pub(crate) async fn was_idle_longest(&self, person_id: &str) -> anyhow::Result<()> {
        let request = ListPeopleRequest {
            queue_id: self.office.queue_id.clone(),
            ..ListPeopleRequest::default()
        };
        let members = self.office.desk().presence().list_people(request).await;
        let members = members.doing("list the people of the queue")?.people;
        let ledger = self.ledger();
        let chosen = ledger.last_talk(person_id).map(|talk| talk.earliest);
        for member in members {
            let id = &member.person_id;
            let free = member.state() == State::Available && id != person_id;
            let since = ledger.last_talk(id).map(|talk| talk.latest);
            // Nobody at all comes before everybody: None is the smallest.
            ensure!(
                !free || chosen <= since,
                "{} has been idle longer than {}, and yet {} was rung",
                self.office.name(id),
                self.office.name(person_id),
                self.office.name(person_id),
            );
        }
        Ok(())
    }
}
