//! Whether everything is as it should be after a run.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use api::{
    presence::v1::{ListPeopleRequest, State, presence_service_client::PresenceServiceClient},
    reporting::v1::{ListCallRecordsRequest, call_record_service_client::CallRecordServiceClient},
    routing::v1::CallOutcome,
};
use chrono::{DateTime, Utc};
use mesh::Service;

use super::Company;
use crate::answer::Doing as _;

const SETTLE_WITHIN: Duration = Duration::from_secs(15);

impl Company {
    /// How many of these calls the report does not have, once it had its time.
    pub(crate) async fn missing(
        &self,
        calls: &HashSet<&str>,
        since: DateTime<Utc>,
    ) -> anyhow::Result<usize> {
        let mut missing = calls.len();
        let deadline = Instant::now() + SETTLE_WITHIN;
        while missing > 0 && Instant::now() < deadline {
            missing = calls.len() - self.reported(calls, since).await?;
        }
        Ok(missing)
    }

    async fn reported(&self, calls: &HashSet<&str>, since: DateTime<Utc>) -> anyhow::Result<usize> {
        let mut records = CallRecordServiceClient::new(self.owner.peer(Service::Reporting)?);
        let start_time = prost_types::Timestamp {
            // The mesh's clock may be a little behind ours.
            seconds: since.timestamp() - 5,
            nanos: 0,
        };
        let mut request = ListCallRecordsRequest {
            page_size: 1000,
            start_time: Some(start_time),
            ..ListCallRecordsRequest::default()
        };
        let mut found = 0;
        loop {
            let page = records
                .list_call_records(request.clone())
                .await
                .doing("list call records")?;
            found += page
                .call_records
                .iter()
                .filter(|record| calls.contains(record.call_id.as_str()))
                .filter(|record| record.outcome() == CallOutcome::Answered)
                .count();
            if page.next_page_token.is_empty() {
                return Ok(found);
            }
            request.page_token = page.next_page_token;
        }
    }

    /// How many people do not become available again after their wrap-up.
    pub(crate) async fn stuck(&self) -> anyhow::Result<usize> {
        let mut presence = PresenceServiceClient::new(self.owner.peer(Service::Presence)?);
        let deadline = Instant::now() + SETTLE_WITHIN;
        loop {
            let request = ListPeopleRequest {
                page_size: 1000,
                ..ListPeopleRequest::default()
            };
            let people = presence
                .list_people(request)
                .await
                .doing("list people")?
                .people;
            let ready = people
                .iter()
                .filter(|person| person.state() == State::Available)
                .count();
            let stuck = self.people.saturating_sub(ready);
            if stuck == 0 || Instant::now() > deadline {
                return Ok(stuck);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}
