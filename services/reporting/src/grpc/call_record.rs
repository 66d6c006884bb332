//! `CallRecordService`.

use api::{
    access::v1::ErrorReason,
    reporting::v1::{
        CallRecord, GetCallRecordRequest, ListCallRecordsRequest, ListCallRecordsResponse,
        call_record_service_server::CallRecordService,
    },
};
use chrono::{DateTime, Utc};
use fault::Violations;
use ids::CallId;
use store::page::Page;
use tonic::{Request, Response, Status};

use super::{
    convert,
    request::{self, Paged},
};
use crate::{app::App, store::call::Filter};

/// Answers questions about calls.
#[derive(Debug, Clone)]
pub struct CallRecords(App);

impl CallRecords {
    /// From the report.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self(app)
    }
}

impl Paged for ListCallRecordsRequest {
    const METHOD: &'static str = "ListCallRecords";

    fn take_page(&mut self) -> (i32, String) {
        (
            std::mem::take(&mut self.page_size),
            std::mem::take(&mut self.page_token),
        )
    }
}

#[tonic::async_trait]
impl CallRecordService for CallRecords {
    async fn get_call_record(
        &self,
        request: Request<GetCallRecordRequest>,
    ) -> Result<Response<CallRecord>, Status> {
        let caller = rpc::caller(&request)?;
        let account = caller.account_id()?;
        let mut violations = Violations::new();
        let call: Option<CallId> = violations
            .root()
            .parse("call_id", &request.get_ref().call_id);
        let call = violations.finish(ErrorReason::FieldsInvalid, call)?;
        let (record, timeline) = self.0.call_record(caller, account, call).await?;
        let mut message = convert::call_record(record);
        message.timeline = convert::timeline(timeline)?;
        Ok(Response::new(message))
    }

    async fn list_call_records(
        &self,
        request: Request<ListCallRecordsRequest>,
    ) -> Result<Response<ListCallRecordsResponse>, Status> {
        let caller = rpc::caller(&request)?;
        let account = caller.account_id()?;
        let message = request.get_ref();
        let mut violations = Violations::new();
        let mut fields = violations.root();
        let (start, end) = request::span(&mut fields, message.start_time, message.end_time);
        let filter = Filter {
            start,
            end,
            person: request::id(&mut fields, "person_id", &message.person_id),
            queue: request::id(&mut fields, "queue_id", &message.queue_id),
            from: request::text(&mut fields, "from", &message.from),
        };
        violations.check(ErrorReason::FieldsInvalid)?;
        let page: Page<(DateTime<Utc>, CallId)> = request::page(account, message)?;
        let records = self
            .0
            .call_records(
                caller,
                account,
                &filter,
                page.after().copied(),
                page.fetch(),
            )
            .await?;
        let (records, next_page_token) = page.cut(records, |record| (record.arrived, record.call));
        let call_records = records.into_iter().map(convert::call_record).collect();
        Ok(Response::new(ListCallRecordsResponse {
            call_records,
            next_page_token,
        }))
    }
}
