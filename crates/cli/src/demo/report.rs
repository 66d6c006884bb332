//! The report as reporting gives it, and as people read it.

use std::collections::BTreeMap;

use api::reporting::v1::{
    CallRecord, GetPersonStatisticsRequest, GetQueueStatisticsRequest, ListCallRecordsRequest,
    PersonStatistics, QueueStatistics,
};
use chrono::{DateTime, TimeDelta, Utc};

use super::{office::Office, story::on_the_wall};
use crate::{answer::Doing as _, table::Table};

/// More than the demo can have.
const PAGE: i32 = 1000;

/// What reporting says about the company.
#[derive(Debug, Clone, Default)]
pub(crate) struct Report {
    pub(crate) records: BTreeMap<String, CallRecord>,
    pub(crate) people: BTreeMap<String, PersonStatistics>,
    pub(crate) queues: BTreeMap<String, QueueStatistics>,
}

impl Report {
    /// Asks reporting, as the owner.
    pub(crate) async fn fetch(
        office: &Office,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> anyhow::Result<Self> {
        let desk = office.desk();
        let request = ListCallRecordsRequest {
            page_size: PAGE,
            ..ListCallRecordsRequest::default()
        };
        let records = desk.records().list_call_records(request).await;
        let records = records.doing("list the calls")?.call_records;
        let mut statistics = desk.statistics();
        let people = GetPersonStatisticsRequest {
            start_time: Some(timestamp(from)),
            end_time: Some(timestamp(to)),
            page_size: PAGE,
            ..GetPersonStatisticsRequest::default()
        };
        let people = statistics
            .get_person_statistics(people)
            .await
            .doing("ask for the people's numbers")?;
        let queues = GetQueueStatisticsRequest {
            start_time: Some(timestamp(from)),
            end_time: Some(timestamp(to)),
            page_size: PAGE,
            ..GetQueueStatisticsRequest::default()
        };
        let queues = statistics
            .get_queue_statistics(queues)
            .await
            .doing("ask for the queue's numbers")?;
        Ok(Self {
            records: records
                .into_iter()
                .map(|one| (one.call_id.clone(), one))
                .collect(),
            people: people
                .people
                .into_iter()
                .map(|one| (one.person_id.clone(), one))
                .collect(),
            queues: queues
                .queues
                .into_iter()
                .map(|one| (one.queue_id.clone(), one))
                .collect(),
        })
    }

    /// One line a person, in the order of the company's list.
    pub(crate) fn people_table(&self, office: &Office) -> String {
        let mut table = Table::new(&[
            "Person",
            "Offered",
            "Answered",
            "Missed",
            "Declined",
            "Withdrawn",
            "Talk",
            "Hold",
            "Wrap-up",
            "AHT",
            "To answer",
        ]);
        for person in &office.people {
            let empty = PersonStatistics::default();
            let numbers = self.people.get(person.user_id()).unwrap_or(&empty);
            let counts = [
                numbers.offered,
                numbers.answered,
                numbers.missed,
                numbers.declined,
                numbers.withdrawn,
            ];
            let times = [
                numbers.talk_time,
                numbers.hold_time,
                numbers.wrap_up_time,
                numbers.average_handling_time,
                numbers.average_time_to_answer,
            ];
            let mut row = vec![person.name().to_owned()];
            row.extend(counts.map(|count| count.to_string()));
            row.extend(times.iter().map(shown));
            table.row(row);
        }
        table.aligned(2)
    }

    /// One line a queue.
    pub(crate) fn queue_table(&self) -> String {
        let mut table = Table::new(&[
            "Queue",
            "Offered",
            "Answered",
            "Missed",
            "Abandoned",
            "Short",
            "ASA",
            "Average wait",
            "Longest",
            "Service level",
        ]);
        for numbers in self.queues.values() {
            let counts = [
                numbers.offered,
                numbers.answered,
                numbers.missed,
                numbers.abandoned,
                numbers.short_abandoned,
            ];
            let waits = [
                numbers.average_speed_of_answer,
                numbers.average_wait,
                numbers.longest_wait,
            ];
            let level = numbers
                .service_level
                .map(|level| format!("{:.0} %", 100.0 * level));
            let mut row = vec!["support".to_owned()];
            row.extend(counts.map(|count| count.to_string()));
            row.extend(waits.iter().map(shown));
            row.push(level.unwrap_or_else(|| "–".to_owned()));
            table.row(row);
        }
        table.aligned(2)
    }
}

/// A duration of the wire; `None` when it is missing or beyond reason.
pub(crate) fn delta(duration: Option<prost_types::Duration>) -> Option<TimeDelta> {
    let duration = duration?;
    TimeDelta::try_seconds(duration.seconds)?
        .checked_add(&TimeDelta::nanoseconds(duration.nanos.into()))
}

/// A time of the wire.
pub(crate) fn time(timestamp: Option<prost_types::Timestamp>) -> Option<DateTime<Utc>> {
    let timestamp = timestamp?;
    DateTime::from_timestamp(timestamp.seconds, timestamp.nanos.try_into().ok()?)
}

fn timestamp(time: DateTime<Utc>) -> prost_types::Timestamp {
    let nanos = i32::try_from(time.timestamp_subsec_nanos()).unwrap_or_default();
    prost_types::Timestamp {
        seconds: time.timestamp(),
        nanos,
    }
}

fn shown(duration: &Option<prost_types::Duration>) -> String {
    delta(*duration).map_or_else(|| "–".to_owned(), on_the_wall)
}
