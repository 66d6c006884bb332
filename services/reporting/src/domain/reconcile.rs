//! Whether the numbers are what the records say: the same things counted twice, by another way
//! (REP-4, I19).

use std::{collections::BTreeMap, fmt};

use chrono::TimeDelta;
use ids::{AccountId, QueueId, UserId};

use super::{
    record::CallRecord,
    statistics::{PersonCounts, QueueCounts, Rollup},
};

/// A number that is not what the records say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Whose number: a person or a queue.
    pub subject: String,
    /// Which number.
    pub number: &'static str,
    /// What the records say.
    pub records: i64,
    /// What the statistics say.
    pub statistics: i64,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            subject,
            number,
            records,
            statistics,
        } = self;
        write!(
            f,
            "{number} of {subject}: {records} in the records, {statistics} in the statistics"
        )
    }
}

/// Sums over a span of time, per person and queue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Per person.
    pub people: BTreeMap<(AccountId, UserId), PersonCounts>,
    /// Per queue.
    pub queues: BTreeMap<(AccountId, QueueId), QueueCounts>,
}

impl Totals {
    /// What the quarter-hours add up to.
    #[must_use]
    pub fn of_rollup(rollup: &Rollup) -> Self {
        let mut totals = Self::default();
        for ((account, person, _), counts) in &rollup.people {
            totals
                .people
                .entry((*account, *person))
                .or_default()
                .add(counts);
        }
        for ((account, queue, _), counts) in &rollup.queues {
            totals
                .queues
                .entry((*account, *queue))
                .or_default()
                .add(counts);
        }
        totals
    }

    /// What the records say, counted from their legs and waits; wrap-up is none of a call's.
    #[must_use]
    pub fn of_records<'a>(records: impl IntoIterator<Item = &'a CallRecord>) -> Self {
        let mut totals = Self::default();
        for record in records {
            totals.count(record);
        }
        totals
    }

    fn count(&mut self, record: &CallRecord) {
        for leg in &record.legs {
            if let (Some(person), Some(result)) = (leg.person, leg.result()) {
                let counts = self.people.entry((record.account, person)).or_default();
                counts.settle(result, leg.rang);
            }
        }
        for wait in &record.waits {
            if let Some(result) = wait.result() {
                let counts = self.queues.entry((record.account, wait.queue)).or_default();
                counts.leave(result, wait.waited);
            }
        }
        if record.ended.is_none() {
            return;
        }
        if let Some(person) = record.person {
            let counts = self.people.entry((record.account, person)).or_default();
            counts.talked(record.talk(), record.held);
        }
        if let Some(queue) = record.via.queue() {
            let counts = self.queues.entry((record.account, queue)).or_default();
            counts.talked(record.talk(), record.held);
        }
    }
}

/// Every number that differs.
#[must_use]
pub fn reconcile(records: &Totals, statistics: &Totals) -> Vec<Mismatch> {
    let people = differences(&records.people, &statistics.people, person_numbers);
    let queues = differences(&records.queues, &statistics.queues, queue_numbers);
    people.into_iter().chain(queues).collect()
}

type Number = (&'static str, i64);

fn differences<Id: Copy + Ord + fmt::Display, Counts: Copy + Default, const N: usize>(
    records: &BTreeMap<(AccountId, Id), Counts>,
    statistics: &BTreeMap<(AccountId, Id), Counts>,
    numbers: impl Fn(&Counts) -> [Number; N],
) -> Vec<Mismatch> {
    let mut subjects: Vec<_> = records.keys().chain(statistics.keys()).copied().collect();
    subjects.sort_unstable();
    subjects.dedup();
    let mut found = Vec::new();
    for key in subjects {
        let in_records = numbers(&records.get(&key).copied().unwrap_or_default());
        let in_statistics = numbers(&statistics.get(&key).copied().unwrap_or_default());
        for ((number, records), (_, statistics)) in in_records.into_iter().zip(in_statistics) {
            if records != statistics {
                found.push(Mismatch {
                    subject: key.1.to_string(),
                    number,
                    records,
                    statistics,
                });
            }
        }
    }
    found
}

fn person_numbers(counts: &PersonCounts) -> [Number; 8] {
    [
        ("offered", count(counts.offered())),
        ("answered", count(counts.answered)),
        ("missed", count(counts.missed)),
        ("declined", count(counts.declined)),
        ("withdrawn", count(counts.withdrawn)),
        ("rang", micros(counts.rang)),
        ("talk", micros(counts.talk)),
        ("hold", micros(counts.hold)),
    ]
}

fn queue_numbers(counts: &QueueCounts) -> [Number; 11] {
    [
        ("offered", count(counts.offered())),
        ("answered", count(counts.answered)),
        ("missed", count(counts.missed)),
        ("abandoned", count(counts.abandoned)),
        ("short_abandoned", count(counts.short_abandoned)),
        ("answered_in_threshold", count(counts.in_threshold)),
        ("answered_wait", micros(counts.answered_wait)),
        ("wait", micros(counts.wait)),
        ("longest_wait", micros(counts.longest)),
        ("talk", micros(counts.talk)),
        ("hold", micros(counts.hold)),
    ]
}

fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn micros(time: TimeDelta) -> i64 {
    time.num_microseconds().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The checker must be able to fail: a queue that forgot a caller, a person with a second
    /// too much.
    #[test]
    fn a_planted_bug_is_found_and_named() {
        let account = AccountId::generate();
        let (person, queue) = (UserId::generate(), QueueId::generate());
        let mut truth = Totals::default();
        truth.people.entry((account, person)).or_default().talk = TimeDelta::seconds(60);
        truth.queues.entry((account, queue)).or_default().abandoned = 2;
        assert_eq!(reconcile(&truth, &truth), []);

        let mut wrong = truth.clone();
        wrong.people.entry((account, person)).or_default().talk += TimeDelta::seconds(1);
        wrong.queues.remove(&(account, queue));
        let found: Vec<_> = reconcile(&truth, &wrong)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            found,
            [
                format!("talk of {person}: 60000000 in the records, 61000000 in the statistics"),
                format!("offered of {queue}: 2 in the records, 0 in the statistics"),
                format!("abandoned of {queue}: 2 in the records, 0 in the statistics"),
            ]
        );
    }
}
