//! Reporting as its callers see it: in this process, on a port of its own.

use std::{collections::BTreeSet, time::Duration};

use access::{KeySet, Role};
use api::reporting::v1::{
    CallRecord, GetCallRecordRequest, GetPersonStatisticsRequest, GetPersonStatisticsResponse,
    GetQueueStatisticsRequest, GetQueueStatisticsResponse, ListCallRecordsRequest,
    ListCallRecordsResponse, audit_service_client::AuditServiceClient,
    call_record_service_client::CallRecordServiceClient,
    statistics_service_client::StatisticsServiceClient,
};
use boot::Running;
use chrono::{DateTime, TimeDelta, Utc};
use clock::Clock;
use ids::{AccountId, CallId};
use live::{Live, Partition};
use reporting::{
    app::{
        App,
        follow::{Bus, Reader},
        measure::Meters,
    },
    config::Config,
    store::MIGRATIONS,
};
use rpc::{Peer, client::Tokens};
use store::Store;
use testkit::{Backends, Callers, Database, Person, eventually};
use tonic::{Status, transport::Endpoint};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::tape::noon;

/// The back ends of a test.
pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) store: Store,
    pub(crate) live: Live,
    redis: live::Config,
    pub(crate) callers: Callers,
}

impl World {
    pub(crate) async fn new() -> Self {
        let database = Database::migrated("reporting", MIGRATIONS).await;
        let redis = Backends::get().live_config();
        Self {
            store: database.store().await,
            live: Live::new(&redis).unwrap(),
            database,
            redis,
            callers: Callers::new(),
        }
    }

    pub(crate) fn app(&self) -> App {
        App {
            store: self.store.clone(),
            clock: Clock::system(),
        }
    }

    /// A follower without its loop.
    pub(crate) fn reader(&self) -> Reader {
        self.reader_of(2000)
    }

    /// With this many events in a batch at most.
    pub(crate) fn reader_of(&self, batch_events: usize) -> Reader {
        Reader::new(Bus {
            store: self.store.clone(),
            live: self.live.clone(),
            clock: Clock::system(),
            meters: Meters::new(),
            batch_events,
        })
    }

    /// Folds what is on the bus; returns how many batches it was.
    pub(crate) async fn fold_all(&self) -> usize {
        let mut reader = self.reader();
        let mut batches = 0;
        loop {
            let batch = reader
                .read(&partitions(), Duration::from_millis(1))
                .await
                .unwrap();
            if batch.is_empty() {
                return batches;
            }
            reader.fold(batch).await.unwrap();
            batches += 1;
        }
    }

    pub(crate) async fn start(&self) -> Service {
        self.start_with(&[]).await
    }

    pub(crate) async fn start_with(&self, settings: &[(&str, &str)]) -> Service {
        let mut all = vec![
            ("server.listen", "127.0.0.1:0"),
            ("telemetry.filter", "warn"),
        ];
        all.extend_from_slice(settings);
        let mut config: Config = boot::settings("reporting", &all).unwrap();
        if !settings.iter().any(|(key, _)| *key == "postgres.url") {
            config.postgres = self.database.config();
        }
        if !settings.iter().any(|(key, _)| *key == "redis.url") {
            config.redis = self.redis.clone();
        }
        let keys = KeySet::new([self.callers.public_key()]);
        let running = boot::start("reporting", config, reporting::build)
            .keys(keys)
            .await
            .unwrap();
        Service { running }
    }

    pub(crate) fn namespace(&self) -> &str {
        &self.redis.namespace
    }

    pub(crate) fn owner(&self, account: AccountId) -> Person {
        self.callers.person(account).with_roles(&[Role::Owner])
    }
}

pub(crate) fn partitions() -> BTreeSet<Partition> {
    Partition::all().collect()
}

pub(crate) struct Service {
    pub(crate) running: Running,
}

impl Service {
    pub(crate) fn records(&self, token: &str) -> CallRecordServiceClient<Peer> {
        CallRecordServiceClient::new(self.peer(token))
    }

    pub(crate) fn statistics(&self, token: &str) -> StatisticsServiceClient<Peer> {
        StatisticsServiceClient::new(self.peer(token))
    }

    pub(crate) fn audit(&self, token: &str) -> AuditServiceClient<Peer> {
        AuditServiceClient::new(self.peer(token))
    }

    fn peer(&self, token: &str) -> Peer {
        Peer::to(self.running.uri(), Some(Tokens::fixed(token))).unwrap()
    }

    /// Waits until the whole service says of itself that it can, or cannot, serve.
    pub(crate) async fn serves(&self, status: ServingStatus) {
        let channel = Endpoint::from_shared(self.running.uri())
            .unwrap()
            .connect_lazy();
        let mut health = HealthClient::new(channel);
        eventually(Duration::from_secs(10), status.as_str_name(), async || {
            let answer = health.check(HealthCheckRequest::default()).await.ok()?;
            (answer.into_inner().status() == status).then_some(())
        })
        .await;
    }

    /// The record, as soon as `ready` says so.
    pub(crate) async fn record(
        &self,
        person: &Person,
        call: CallId,
        ready: impl Fn(&CallRecord) -> bool,
    ) -> CallRecord {
        let mut records = self.records(&person.token());
        eventually(
            Duration::from_secs(10),
            "the call is in the report",
            async || {
                let request = GetCallRecordRequest {
                    call_id: call.to_string(),
                };
                let record = records.get_call_record(request).await.ok()?.into_inner();
                ready(&record).then_some(record)
            },
        )
        .await
    }

    pub(crate) async fn list(
        &self,
        person: &Person,
        request: ListCallRecordsRequest,
    ) -> Result<ListCallRecordsResponse, Status> {
        Ok(self
            .records(&person.token())
            .list_call_records(request)
            .await?
            .into_inner())
    }

    pub(crate) async fn people(
        &self,
        person: &Person,
        request: GetPersonStatisticsRequest,
    ) -> Result<GetPersonStatisticsResponse, Status> {
        Ok(self
            .statistics(&person.token())
            .get_person_statistics(request)
            .await?
            .into_inner())
    }

    pub(crate) async fn queues(
        &self,
        person: &Person,
        request: GetQueueStatisticsRequest,
    ) -> Result<GetQueueStatisticsResponse, Status> {
        Ok(self
            .statistics(&person.token())
            .get_queue_statistics(request)
            .await?
            .into_inner())
    }
}

/// From noon of yesterday for an hour.
pub(crate) fn the_hour() -> (
    Option<prost_types::Timestamp>,
    Option<prost_types::Timestamp>,
) {
    (timestamp(noon()), timestamp(noon() + TimeDelta::hours(1)))
}

pub(crate) fn of_people() -> GetPersonStatisticsRequest {
    let (start_time, end_time) = the_hour();
    GetPersonStatisticsRequest {
        start_time,
        end_time,
        ..Default::default()
    }
}

pub(crate) fn of_queues() -> GetQueueStatisticsRequest {
    let (start_time, end_time) = the_hour();
    GetQueueStatisticsRequest {
        start_time,
        end_time,
        ..Default::default()
    }
}

pub(crate) fn timestamp(at: DateTime<Utc>) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp {
        seconds: at.timestamp(),
        nanos: 0,
    })
}

pub(crate) fn seconds(duration: Option<prost_types::Duration>) -> Option<f64> {
    duration.map(|length| length.seconds as f64 + f64::from(length.nanos) / 1e9)
}

/// The reason that a fault gave.
pub(crate) fn reason(status: &Status) -> String {
    use tonic_types::StatusExt as _;
    status
        .get_error_details()
        .error_info()
        .map(|info| info.reason.clone())
        .unwrap_or_default()
}

/// The fields that a fault named.
pub(crate) fn wrong_fields(status: &Status) -> Vec<String> {
    use tonic_types::StatusExt as _;
    let details = status.get_error_details();
    let violations = details
        .bad_request()
        .map(|bad| bad.field_violations.clone());
    violations
        .unwrap_or_default()
        .into_iter()
        .map(|violation| violation.field)
        .collect()
}
