//! Domain → messages. Requests are read where they are used; they are a few fields.

mod call_record;
mod statistics;

use api::{access::v1, reporting::v1::AuditEvent};
use chrono::{DateTime, TimeDelta, Utc};
use prost_types::{Duration, Timestamp};

use crate::domain::audit;

pub(super) use call_record::{call_record, timeline};
pub(super) use statistics::{definition, person_statistics, queue_statistics};

pub(super) fn audit_event(event: audit::AuditEvent) -> AuditEvent {
    let changes = event.changes.into_iter();
    AuditEvent {
        event_id: event.event.to_string(),
        time: Some(timestamp(event.at)),
        actor_id: event.actor,
        action: event.action,
        subject_id: event.subject,
        changes: changes
            .map(|change| v1::FieldChange {
                field: change.field,
                before: change.before,
                after: change.after,
            })
            .collect(),
        network: event.network,
        result: event.result,
        trace_id: event.trace,
        cause_id: event.cause,
    }
}

fn timestamp(at: DateTime<Utc>) -> Timestamp {
    // Below a thousand million, so it fits.
    Timestamp {
        seconds: at.timestamp(),
        nanos: at.timestamp_subsec_nanos() as i32,
    }
}

fn duration(time: TimeDelta) -> Duration {
    Duration {
        seconds: time.num_seconds(),
        nanos: time.subsec_nanos(),
    }
}
