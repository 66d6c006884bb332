//! Call records and their timelines.

use api::{
    reporting::v1::{CallRecord, RecordLeg, TimelineEntry},
    routing::v1::CallEvent,
};
use fault::Fault;
use ids::CallId;
use prost::Message as _;

use super::{duration, timestamp};
use crate::domain::{fold::Logged, leg::Leg, record};

pub(in crate::grpc) fn call_record(record: record::CallRecord) -> CallRecord {
    let text = |id: Option<String>| id.unwrap_or_default();
    CallRecord {
        call_id: record.call.to_string(),
        outcome: record.outcome.into(),
        from: record.from,
        dialled: record.dialled,
        number_id: text(record.number.map(|id| id.to_string())),
        queue_ids: record
            .waits
            .iter()
            .map(|wait| wait.queue.to_string())
            .collect(),
        person_id: text(record.person.map(|id| id.to_string())),
        arrive_time: Some(timestamp(record.arrived)),
        answer_time: record.answered.map(timestamp),
        end_time: record.ended.map(timestamp),
        talked: Some(duration(record.talked)),
        held: Some(duration(record.held)),
        legs: record.legs.into_iter().map(leg).collect(),
        timeline: Vec::new(),
        voicemail_location: record.voicemail,
    }
}

fn leg(leg: Leg) -> RecordLeg {
    RecordLeg {
        leg_id: leg.id.to_string(),
        person_id: leg.person.map(|id| id.to_string()).unwrap_or_default(),
        via_id: leg.via.as_str().to_owned(),
        offer_time: Some(timestamp(leg.offered)),
        answer_time: leg.answered.map(timestamp),
        end_time: leg.ended.map(timestamp),
        offer_end: leg.end.into(),
    }
}

pub(in crate::grpc) fn timeline(log: Vec<Logged<CallId>>) -> Result<Vec<TimelineEntry>, Fault> {
    let entries = log.into_iter().map(|logged| {
        Ok(TimelineEntry {
            time: Some(timestamp(logged.origin.at)),
            sequence: i64::try_from(logged.position).unwrap_or(i64::MAX),
            // It was read before it was logged.
            event: Some(CallEvent::decode(logged.origin.body).map_err(Fault::internal)?),
        })
    });
    entries.collect()
}
