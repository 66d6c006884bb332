use api::{
    reporting::v1::{CallRecord, PersonStatistics, QueueStatistics, RecordLeg},
    routing::v1::QueueExit,
};

use chrono::{DateTime, Utc};

use super::*;
use crate::demo::ledger::{Moment, Offer, Talk, Visit};

const CARLA: &str = "usr_carla";
const SUPPORT: &str = "que_support";

fn at(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_700_000_000_000 + millis).unwrap()
}

/// An onlooker is 4 ms away from what happens.
fn moment(millis: i64) -> Moment {
    Moment {
        earliest: at(millis - 4),
        latest: at(millis + 4),
    }
}

fn stamp(millis: i64) -> Option<prost_types::Timestamp> {
    let time = at(millis);
    let nanos = time.timestamp_subsec_nanos().try_into().unwrap();
    Some(prost_types::Timestamp {
        seconds: time.timestamp(),
        nanos,
    })
}

fn length(millis: u64) -> Option<prost_types::Duration> {
    core::time::Duration::from_millis(millis).try_into().ok()
}

/// A caller waits half a second for Carla, who talks two and rests one.
fn played() -> Ledger {
    let call = Played {
        call_id: "call_1".to_owned(),
        from: "+491713920011".to_owned(),
        dialled: "+493023125101".to_owned(),
        number_id: "num_1".to_owned(),
        arrived: moment(0),
        visits: vec![Visit {
            queue_id: SUPPORT.to_owned(),
            entered: moment(0),
            left: Some((QueueExit::Answered, moment(500))),
        }],
        offers: vec![Offer {
            leg_id: "leg_1".to_owned(),
            person_id: CARLA.to_owned(),
            via_id: SUPPORT.to_owned(),
            made: moment(2),
            end: Some((OfferEnd::Unspecified, moment(500))),
        }],
        talk: Some(Talk {
            leg_id: "leg_1".to_owned(),
            person_id: CARLA.to_owned(),
            via_id: SUPPORT.to_owned(),
            begun: moment(500),
            holds: Vec::new(),
            ended: Some(moment(2500)),
        }),
        voicemail: String::new(),
        end: Some((CallOutcome::Answered, moment(2500))),
    };
    let rest = moment(3500).since(moment(2500));
    Ledger {
        calls: vec![call],
        rests: [(CARLA.to_owned(), vec![rest])].into(),
    }
}

fn reported() -> Report {
    let record = CallRecord {
        call_id: "call_1".to_owned(),
        outcome: CallOutcome::Answered.into(),
        from: "+491713920011".to_owned(),
        dialled: "+493023125101".to_owned(),
        number_id: "num_1".to_owned(),
        queue_ids: vec![SUPPORT.to_owned()],
        person_id: CARLA.to_owned(),
        arrive_time: stamp(0),
        answer_time: stamp(500),
        end_time: stamp(2500),
        talked: length(2000),
        legs: vec![RecordLeg {
            leg_id: "leg_1".to_owned(),
            person_id: CARLA.to_owned(),
            via_id: SUPPORT.to_owned(),
            offer_time: stamp(2),
            ..RecordLeg::default()
        }],
        ..CallRecord::default()
    };
    let person = PersonStatistics {
        person_id: CARLA.to_owned(),
        offered: 1,
        answered: 1,
        talk_time: length(2000),
        wrap_up_time: length(1000),
        average_handling_time: length(3000),
        average_time_to_answer: length(498),
        ..PersonStatistics::default()
    };
    let queue = QueueStatistics {
        queue_id: SUPPORT.to_owned(),
        offered: 1,
        answered: 1,
        answered_in_threshold: 1,
        average_speed_of_answer: length(500),
        average_wait: length(500),
        longest_wait: length(500),
        service_level: Some(1.0),
        talk_time: length(2000),
        wrap_up_time: length(1000),
        ..QueueStatistics::default()
    };
    Report {
        records: [("call_1".to_owned(), record)].into(),
        people: [(CARLA.to_owned(), person)].into(),
        queues: [(SUPPORT.to_owned(), queue)].into(),
    }
}

fn differences(report: &Report) -> Vec<String> {
    let people = [(CARLA, "Carla"), ("usr_bruno", "Bruno")];
    let verdict = compare(people, SUPPORT, &played(), report);
    verdict
        .differences
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn a_true_report_equals_what_was_played() {
    assert_eq!(differences(&reported()), Vec::<String>::new());
}

#[test]
fn a_count_that_is_off_is_named() {
    let mut report = reported();
    report.people.get_mut(CARLA).unwrap().answered = 2;
    assert_eq!(
        differences(&report),
        ["Carla: answered: played 1, reported 2"]
    );
}

#[test]
fn a_duration_beyond_what_was_measured_is_named() {
    let mut report = reported();
    report.records.get_mut("call_1").unwrap().talked = length(2011);
    assert_eq!(
        differences(&report),
        ["call_1: talked: played 1992 to 2008 ms, reported 2011 ms"]
    );
}

#[test]
fn a_call_that_nobody_played_and_one_that_is_missing_are_named() {
    let mut report = reported();
    let record = report.records.remove("call_1").unwrap();
    assert!(differences(&report).contains(&"the company: calls: played 1, reported 0".to_owned()));
    report.records.insert("call_1".to_owned(), record.clone());
    report.records.insert("call_2".to_owned(), record);
    assert_eq!(
        differences(&report),
        ["the company: calls: played 1, reported 2"]
    );
}
