//! What a batch of events makes of what was known: the one fold, used live and in a rebuild.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use ids::{AccountId, CallId, EventId, UserId};

use super::{
    audit::Change,
    person::{self, Person},
    record::CallRecord,
    sequence::{Progress, Verdict},
    statistics::Rollup,
    step::Step,
};

/// An event that reporting understands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What every event has.
    pub origin: Origin,
    /// What it says.
    pub fact: Fact,
}

/// Where an event comes from; what the log keeps of it, beside its subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Whose.
    pub account: AccountId,
    /// Names it.
    pub id: EventId,
    /// Its place among its subject's events.
    pub sequence: u64,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Who caused it; empty for the mesh itself.
    pub actor: String,
    /// W3C `traceparent` of the span that caused it; empty for none.
    pub traceparent: String,
    /// The message as it was written, for a rebuild.
    pub body: Bytes,
}

/// What an event says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A step of a call.
    Call(CallId, Step),
    /// A change of a person's state.
    Person(UserId, person::Change),
    /// A sign-in or a change of configuration, for the audit trail.
    Change(Change),
}

/// The subjects of a batch, so that what is known of them can be loaded at once.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Subjects {
    /// Calls.
    pub calls: BTreeSet<(AccountId, CallId)>,
    /// People.
    pub people: BTreeSet<(AccountId, UserId)>,
    /// What was changed, by id.
    pub changed: BTreeSet<(AccountId, String)>,
}

impl<'a> FromIterator<&'a Event> for Subjects {
    fn from_iter<I: IntoIterator<Item = &'a Event>>(events: I) -> Self {
        let mut subjects = Self::default();
        for Event { origin, fact } in events {
            match fact {
                Fact::Call(call, _) => _ = subjects.calls.insert((origin.account, *call)),
                Fact::Person(person, _) => _ = subjects.people.insert((origin.account, *person)),
                Fact::Change(change) => {
                    subjects
                        .changed
                        .insert((origin.account, change.subject.clone()));
                }
            }
        }
        subjects
    }
}

/// What is known of the subjects of a batch; after the fold, what is known now.
#[derive(Debug, Default)]
pub struct Known {
    /// Calls.
    pub calls: BTreeMap<(AccountId, CallId), CallRecord>,
    /// People.
    pub people: BTreeMap<(AccountId, UserId), Person>,
    /// How far the changes of each object have been folded.
    pub changed: BTreeMap<(AccountId, String), Progress>,
}

/// An event that was folded, with its place in the log of its subject.
#[derive(Debug, PartialEq, Eq)]
pub struct Logged<Id> {
    /// The call or person.
    pub subject: Id,
    /// From 1, without gaps.
    pub position: u64,
    /// What every event has.
    pub origin: Origin,
}

/// A fold under way.
#[derive(Debug, Default)]
pub struct Fold {
    /// What is known.
    pub known: Known,
    /// What was counted.
    pub rollup: Rollup,
    /// Steps of calls, in order.
    pub call_log: Vec<Logged<CallId>>,
    /// Changes of people, in order.
    pub person_log: Vec<Logged<UserId>>,
    /// Entries of the audit trail, in order.
    pub audit: Vec<(Change, Origin)>,
}

impl Fold {
    /// Goes on from what is known.
    #[must_use]
    pub fn from(known: Known) -> Self {
        Self {
            known,
            ..Self::default()
        }
    }

    /// Folds one event, unless it was folded before. Returns what it was.
    pub fn apply(&mut self, Event { origin, fact }: Event) -> Verdict {
        let (account, sequence, at) = (origin.account, origin.sequence, origin.at);
        match fact {
            Fact::Call(call, step) => {
                let record = self.known.calls.entry((account, call));
                let record = record.or_insert_with(|| CallRecord::new(account, call, at));
                let verdict = record.progress.judge(sequence, at);
                if verdict != Verdict::Duplicate {
                    record.apply(step, at, &mut self.rollup);
                    record.progress = record.progress.after(sequence, at);
                    let position = record.progress.events;
                    self.call_log.push(Logged {
                        subject: call,
                        position,
                        origin,
                    });
                }
                verdict
            }
            Fact::Person(id, change) => {
                let person = self.known.people.entry((account, id));
                let person = person.or_insert_with(|| Person::new(account, id));
                let verdict = person.progress.judge(sequence, at);
                if verdict != Verdict::Duplicate {
                    person.apply(&change, at, &mut self.rollup);
                    person.progress = person.progress.after(sequence, at);
                    let position = person.progress.events;
                    self.person_log.push(Logged {
                        subject: id,
                        position,
                        origin,
                    });
                }
                verdict
            }
            Fact::Change(change) => {
                let progress = self.known.changed.entry((account, change.counted.clone()));
                let progress = progress.or_insert(Progress::NONE);
                let verdict = progress.judge(sequence, at);
                if verdict != Verdict::Duplicate {
                    *progress = progress.after(sequence, at);
                    self.audit.push((change, origin));
                }
                verdict
            }
        }
    }
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
