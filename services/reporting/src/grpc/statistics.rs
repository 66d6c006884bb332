//! `StatisticsService`.

use api::{
    access::v1::ErrorReason,
    reporting::v1::{
        GetDefinitionsRequest, GetDefinitionsResponse, GetPersonStatisticsRequest,
        GetPersonStatisticsResponse, GetQueueStatisticsRequest, GetQueueStatisticsResponse,
        statistics_service_server::StatisticsService,
    },
};
use fault::{At, Violations};
use ids::{QueueId, UserId};
use prost_types::Timestamp;
use store::page::Page;
use tonic::{Request, Response, Status};

use super::{
    convert,
    request::{self, Paged},
};
use crate::{
    app::App,
    domain::{
        definitions,
        quarter::{Quarter, SPAN_MAX},
    },
};

/// Answers questions about numbers.
#[derive(Debug, Clone)]
pub struct Statistics(App);

impl Statistics {
    /// From the sums.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self(app)
    }
}

impl Paged for GetPersonStatisticsRequest {
    const METHOD: &'static str = "GetPersonStatistics";

    fn take_page(&mut self) -> (i32, String) {
        (
            std::mem::take(&mut self.page_size),
            std::mem::take(&mut self.page_token),
        )
    }
}

impl Paged for GetQueueStatisticsRequest {
    const METHOD: &'static str = "GetQueueStatistics";

    fn take_page(&mut self) -> (i32, String) {
        (
            std::mem::take(&mut self.page_size),
            std::mem::take(&mut self.page_token),
        )
    }
}

/// The whole quarter-hours around a span; both ends are required.
fn quarters(
    fields: &mut At<'_>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
) -> Option<(Quarter, Quarter)> {
    let start = fields.required("start_time", start);
    let end = fields.required("end_time", end);
    let (start, end) = request::span(fields, start, end);
    let (start, end) = (Quarter::of(start?), Quarter::not_before(end?));
    let fits = end.start() - start.start() <= SPAN_MAX;
    fields
        .must(
            fits,
            "end_time",
            "must be at most 400 days after start_time",
        )
        .then_some((start, end))
}

#[tonic::async_trait]
impl StatisticsService for Statistics {
    async fn get_person_statistics(
        &self,
        request: Request<GetPersonStatisticsRequest>,
    ) -> Result<Response<GetPersonStatisticsResponse>, Status> {
        let caller = rpc::caller(&request)?;
        let account = caller.account_id()?;
        let message = request.get_ref();
        let mut violations = Violations::new();
        let mut fields = violations.root();
        let people = request::ids(&mut fields, "person_ids", &message.person_ids);
        let span = quarters(&mut fields, message.start_time, message.end_time);
        let span = violations.finish(ErrorReason::FieldsInvalid, span)?;
        let page: Page<UserId> = request::page(account, message)?;
        let after = page.after().copied();
        let sums = self
            .0
            .person_statistics(caller, account, span, people, after, page.fetch())
            .await?;
        let (sums, next_page_token) = page.cut(sums, |sums| sums.person);
        Ok(Response::new(GetPersonStatisticsResponse {
            people: sums.into_iter().map(convert::person_statistics).collect(),
            next_page_token,
            definitions_version: definitions::VERSION.to_owned(),
        }))
    }

    async fn get_queue_statistics(
        &self,
        request: Request<GetQueueStatisticsRequest>,
    ) -> Result<Response<GetQueueStatisticsResponse>, Status> {
        let caller = rpc::caller(&request)?;
        let account = caller.account_id()?;
        let message = request.get_ref();
        let mut violations = Violations::new();
        let mut fields = violations.root();
        let queues = request::ids(&mut fields, "queue_ids", &message.queue_ids);
        let span = quarters(&mut fields, message.start_time, message.end_time);
        let span = violations.finish(ErrorReason::FieldsInvalid, span)?;
        let page: Page<QueueId> = request::page(account, message)?;
        let after = page.after().copied();
        let sums = self
            .0
            .queue_statistics(caller, account, span, queues, after, page.fetch())
            .await?;
        let (sums, next_page_token) = page.cut(sums, |(queue, _)| *queue);
        Ok(Response::new(GetQueueStatisticsResponse {
            queues: sums.into_iter().map(convert::queue_statistics).collect(),
            next_page_token,
            definitions_version: definitions::VERSION.to_owned(),
        }))
    }

    async fn get_definitions(
        &self,
        _request: Request<GetDefinitionsRequest>,
    ) -> Result<Response<GetDefinitionsResponse>, Status> {
        Ok(Response::new(GetDefinitionsResponse {
            definitions_version: definitions::VERSION.to_owned(),
            definitions: definitions::ALL.iter().map(convert::definition).collect(),
        }))
    }
}
