//! A call in words, step by step.

use std::fmt;

use api::{
    reporting::v1::CallRecord,
    routing::v1::{CallEvent, Decision, OfferEnd, QueueExit, call_event::Change},
};
use chrono::DateTime;
use ids::CallId;

/// A call, its steps, and routing's reasons if it still knows them.
pub(super) struct Timeline<'a> {
    call: CallId,
    record: &'a CallRecord,
    decisions: &'a [Decision],
}

impl<'a> Timeline<'a> {
    pub(super) fn new(call: CallId, record: &'a CallRecord, decisions: &'a [Decision]) -> Self {
        Self {
            call,
            record,
            decisions,
        }
    }

    /// Seconds since the call arrived.
    fn offset(&self, time: Option<prost_types::Timestamp>) -> String {
        let millis =
            |time: prost_types::Timestamp| time.seconds * 1000 + i64::from(time.nanos) / 1_000_000;
        let first = self.decisions.first().and_then(|decision| decision.time);
        let begin = self.record.arrive_time.or(first).map_or(0, millis);
        let since = time.map_or(0, millis) - begin;
        format!("{:+10.3} s", since as f64 / 1000.0)
    }
}

impl fmt::Display for Timeline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = self.record;
        writeln!(f, "{}  {}", self.call, outcome(record))?;
        if !record.dialled.is_empty() {
            let from = if record.from.is_empty() {
                "anonymous"
            } else {
                &record.from
            };
            writeln!(
                f,
                "  from       {from} to {} ({})",
                record.dialled, record.number_id
            )?;
            writeln!(f, "  arrived    {} UTC", clock(record.arrive_time))?;
        }
        if record.answer_time.is_some() {
            writeln!(
                f,
                "  answered   {} by {}",
                self.offset(record.answer_time).trim(),
                record.person_id
            )?;
            let (talked, held) = (seconds(record.talked), seconds(record.held));
            writeln!(f, "  talked     {talked}, of it on hold {held}")?;
        }
        if !record.voicemail_location.is_empty() {
            writeln!(f, "  voicemail  {}", record.voicemail_location)?;
        }
        writeln!(f, "  trace      {:032x}", self.call.uuid().as_u128())?;
        if !record.timeline.is_empty() {
            writeln!(f, "\nWhat happened")?;
        }
        for entry in &record.timeline {
            let said = entry.event.as_ref().map(said).unwrap_or_default();
            writeln!(f, "  {}  {said}", self.offset(entry.time))?;
        }
        if !self.decisions.is_empty() {
            writeln!(f, "\nWhy, by routing")?;
        }
        for decision in self.decisions {
            writeln!(
                f,
                "  {}  {}",
                self.offset(decision.time),
                decision.explanation
            )?;
        }
        Ok(())
    }
}

/// `ANSWERED`, or that it lives.
pub(super) fn outcome(record: &CallRecord) -> String {
    match record.end_time {
        Some(_) => short(record.outcome().as_str_name(), "CALL_OUTCOME_"),
        None => "live".to_owned(),
    }
}

/// Date and time to the second.
pub(super) fn clock(time: Option<prost_types::Timestamp>) -> String {
    let time = time.and_then(|time| DateTime::from_timestamp(time.seconds, 0));
    time.map(|time| time.format("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_default()
}

/// `12.34 s`.
pub(super) fn seconds(duration: Option<prost_types::Duration>) -> String {
    let duration = duration.unwrap_or_default();
    format!(
        "{:.2} s",
        duration.seconds as f64 + f64::from(duration.nanos) / 1e9
    )
}

fn said(event: &CallEvent) -> String {
    match &event.change {
        None => "a step this program does not know".to_owned(),
        Some(Change::Arrived(arrived)) => format!("arrives at {}", arrived.dialled),
        Some(Change::Targeted(targeted)) => match targeted.target_id.as_str() {
            "" => format!("{}: leads nowhere", targeted.reason),
            target => format!("{}: goes to {target}", targeted.reason),
        },
        Some(Change::KeyPressed(pressed)) => match (pressed.key.as_str(), pressed.valid) {
            ("", _) => "presses no key in time".to_owned(),
            (key, true) => format!("presses {key}"),
            (key, false) => format!("presses {key}, which leads nowhere"),
        },
        Some(Change::Queued(queued)) => format!("waits in {}", queued.queue_id),
        Some(Change::LeftQueue(left)) => {
            let waited = seconds(left.waited);
            format!(
                "leaves {} after {waited}: {}",
                left.queue_id,
                exit(left.exit())
            )
        }
        Some(Change::Offered(offered)) => format!("is offered to {}", whom(&offered.person_id)),
        Some(Change::Ringing(ringing)) => format!("{} rings", ringing.leg_id),
        Some(Change::OfferEnded(ended)) => {
            format!("{} {}", whom(&ended.person_id), end(ended.end()))
        }
        Some(Change::Answered(answered)) => {
            format!(
                "{} answers after {}",
                whom(&answered.person_id),
                seconds(answered.rang)
            )
        }
        Some(Change::SecondPickUp(second)) => {
            format!("{} picks up during another call", whom(&second.person_id))
        }
        Some(Change::Held(_)) => "is put on hold".to_owned(),
        Some(Change::Resumed(resumed)) => format!("is taken back after {}", seconds(resumed.held)),
        Some(Change::Voicemail(voicemail)) => {
            format!("hears the voicemail of {}", voicemail.owner_id)
        }
        Some(Change::Recorded(recorded)) => {
            format!("has left {} of message", seconds(recorded.length))
        }
        Some(Change::Ended(ended)) => {
            format!(
                "ends: {}",
                short(ended.outcome().as_str_name(), "CALL_OUTCOME_")
            )
        }
    }
}

fn whom(person_id: &str) -> &str {
    if person_id.is_empty() {
        "an outside number"
    } else {
        person_id
    }
}

fn exit(exit: QueueExit) -> String {
    short(exit.as_str_name(), "QUEUE_EXIT_")
        .to_lowercase()
        .replace('_', " ")
}

fn end(end: OfferEnd) -> &'static str {
    match end {
        OfferEnd::Unspecified => "is not offered the call any more",
        OfferEnd::Declined => "declines",
        OfferEnd::Missed => "lets it ring",
        OfferEnd::Unreachable => "cannot be reached",
        OfferEnd::Taken => "stops ringing: somebody else answered",
        OfferEnd::Withdrawn => "stops ringing: the call went on",
        OfferEnd::Busy => "stops ringing: they answered another call",
    }
}

fn short(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_owned()
}
