//! Whether the report equals what was played, field by field.

mod check;
mod expected;

use std::fmt;

use api::reporting::v1::{CallRecord, PersonStatistics, QueueStatistics};
use api::routing::v1::{CallOutcome, OfferEnd};
use chrono::TimeDelta;

use super::{
    ledger::{Bounds, Ledger, Played},
    report::{Report, delta, time},
};
use check::Check;
use expected::{ExpectedPerson, ExpectedQueue};

/// A field that is not what was played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Whose: a call id, a person, a queue.
    pub(crate) subject: String,
    pub(crate) field: &'static str,
    pub(crate) played: String,
    pub(crate) reported: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            subject,
            field,
            played,
            reported,
        } = self;
        write!(
            f,
            "{subject}: {field}: played {played}, reported {reported}"
        )
    }
}

/// How many fields agree, and those that do not.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) agreed: usize,
    pub(crate) differences: Vec<Difference>,
}

/// Compares all records and all numbers of these people, each an id and a name,
/// and of the queue.
pub(crate) fn compare<'a>(
    people: impl IntoIterator<Item = (&'a str, &'a str)>,
    queue_id: &str,
    ledger: &Ledger,
    report: &Report,
) -> Verdict {
    let mut check = Check::default();
    check.exactly(
        "the company",
        "calls",
        ledger.calls.len(),
        report.records.len(),
    );
    let missing = CallRecord::default();
    for played in &ledger.calls {
        let record = report.records.get(&played.call_id).unwrap_or(&missing);
        check.record(played, record);
    }
    let nothing = PersonStatistics::default();
    for (id, name) in people {
        let numbers = report.people.get(id).unwrap_or(&nothing);
        check.person(name, &ExpectedPerson::of(ledger, id), numbers);
    }
    let nothing = QueueStatistics::default();
    let numbers = report.queues.get(queue_id).unwrap_or(&nothing);
    check.queue("support", &ExpectedQueue::of(ledger, queue_id), numbers);
    check.exactly("the company", "queues with callers", 1, report.queues.len());
    check.verdict
}

impl Check {
    fn record(&mut self, played: &Played, record: &CallRecord) {
        let call = played.call_id.as_str();
        let outcome = played
            .end
            .map_or(CallOutcome::Unspecified, |(outcome, _)| outcome);
        let talk = played.talk.as_ref();
        let person = talk.map(|talk| talk.person_id.as_str()).unwrap_or_default();
        let queues: Vec<_> = played
            .visits
            .iter()
            .map(|visit| visit.queue_id.clone())
            .collect();
        self.exactly(
            call,
            "outcome",
            outcome.as_str_name(),
            record.outcome().as_str_name(),
        );
        self.exactly(call, "from", &played.from, &record.from);
        self.exactly(call, "dialled", &played.dialled, &record.dialled);
        self.exactly(call, "number_id", &played.number_id, &record.number_id);
        self.exactly(
            call,
            "queue_ids",
            queues.join(" "),
            record.queue_ids.join(" "),
        );
        self.exactly(call, "person_id", person, &record.person_id);
        self.exactly(
            call,
            "voicemail_location",
            &played.voicemail,
            &record.voicemail_location,
        );
        let answered = talk.map(|talk| talk.begun);
        self.moment(
            call,
            "arrive_time",
            Some(played.arrived),
            time(record.arrive_time),
        );
        self.moment(call, "answer_time", answered, time(record.answer_time));
        let end = played.end.map(|(_, at)| at);
        self.moment(call, "end_time", end, time(record.end_time));
        let length = talk.map_or(Bounds::default(), |talk| talk.length());
        let held = talk.map_or(Bounds::default(), |talk| talk.held());
        self.within(
            call,
            "talked",
            Some(length),
            delta(record.talked).or(Some(TimeDelta::zero())),
        );
        self.within(
            call,
            "held",
            Some(held),
            delta(record.held).or(Some(TimeDelta::zero())),
        );
        self.exactly(call, "legs", played.offers.len(), record.legs.len());
        for offer in &played.offers {
            let Some(leg) = record.legs.iter().find(|leg| leg.leg_id == offer.leg_id) else {
                self.exactly(call, "legs", offer.leg_id.as_str(), "nothing");
                continue;
            };
            let end = offer.end.map_or(OfferEnd::Unspecified, |(end, _)| end);
            self.exactly(call, "legs.person_id", &offer.person_id, &leg.person_id);
            self.exactly(call, "legs.via_id", &offer.via_id, &leg.via_id);
            self.exactly(
                call,
                "legs.offer_end",
                end.as_str_name(),
                leg.offer_end().as_str_name(),
            );
            self.moment(
                call,
                "legs.offer_time",
                Some(offer.made),
                time(leg.offer_time),
            );
        }
    }

    fn person(&mut self, name: &str, expected: &ExpectedPerson, numbers: &PersonStatistics) {
        self.exactly(name, "offered", expected.offered(), numbers.offered);
        self.exactly(name, "answered", expected.answered, numbers.answered);
        self.exactly(name, "missed", expected.missed, numbers.missed);
        self.exactly(name, "declined", expected.declined, numbers.declined);
        self.exactly(name, "withdrawn", expected.withdrawn, numbers.withdrawn);
        let zero = Some(TimeDelta::zero());
        self.within(
            name,
            "talk_time",
            Some(expected.talk),
            delta(numbers.talk_time).or(zero),
        );
        self.within(
            name,
            "hold_time",
            Some(expected.hold),
            delta(numbers.hold_time).or(zero),
        );
        let wrap_up = delta(numbers.wrap_up_time).or(zero);
        self.within(name, "wrap_up_time", Some(expected.wrap_up), wrap_up);
        let handling = delta(numbers.average_handling_time);
        self.within(name, "average_handling_time", expected.handling(), handling);
        let to_answer = delta(numbers.average_time_to_answer);
        self.within(
            name,
            "average_time_to_answer",
            expected.to_answer(),
            to_answer,
        );
    }

    fn queue(&mut self, name: &str, expected: &ExpectedQueue, numbers: &QueueStatistics) {
        self.exactly(name, "offered", expected.offered(), numbers.offered);
        self.exactly(name, "answered", expected.answered, numbers.answered);
        self.exactly(name, "missed", expected.missed, numbers.missed);
        self.exactly(name, "abandoned", expected.abandoned, numbers.abandoned);
        self.exactly(
            name,
            "short_abandoned",
            expected.short_abandoned,
            numbers.short_abandoned,
        );
        let in_threshold = numbers.answered_in_threshold;
        self.exactly(
            name,
            "answered_in_threshold",
            expected.in_threshold,
            in_threshold,
        );
        let percent = |level: Option<f64>| {
            level.map_or_else(
                || "missing".to_owned(),
                |level| format!("{:.2} %", 100.0 * level),
            )
        };
        let level = percent(expected.service_level());
        self.exactly(name, "service_level", level, percent(numbers.service_level));
        let speed = delta(numbers.average_speed_of_answer);
        self.within(
            name,
            "average_speed_of_answer",
            expected.speed_of_answer(),
            speed,
        );
        let wait = delta(numbers.average_wait);
        self.within(name, "average_wait", expected.average_wait(), wait);
        let zero = Some(TimeDelta::zero());
        let longest = delta(numbers.longest_wait).or(zero);
        self.within(name, "longest_wait", Some(expected.longest_wait), longest);
        self.within(
            name,
            "talk_time",
            Some(expected.talk),
            delta(numbers.talk_time).or(zero),
        );
        self.within(
            name,
            "hold_time",
            Some(expected.hold),
            delta(numbers.hold_time).or(zero),
        );
        let wrap_up = delta(numbers.wrap_up_time).or(zero);
        self.within(name, "wrap_up_time", Some(expected.wrap_up), wrap_up);
    }
}

#[cfg(test)]
mod tests;
