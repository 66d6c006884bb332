//! `AuditService`.

use api::{
    access::v1::ErrorReason,
    reporting::v1::{
        ListAuditEventsRequest, ListAuditEventsResponse, audit_service_server::AuditService,
    },
};
use chrono::{DateTime, Utc};
use fault::Violations;
use ids::EventId;
use store::page::Page;
use tonic::{Request, Response, Status};

use super::{
    convert,
    request::{self, Paged},
};
use crate::{app::App, store::audit::Filter};

/// Answers questions about who did what.
#[derive(Debug, Clone)]
pub struct Audit(App);

impl Audit {
    /// From the trail.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self(app)
    }
}

impl Paged for ListAuditEventsRequest {
    const METHOD: &'static str = "ListAuditEvents";

    fn take_page(&mut self) -> (i32, String) {
        (
            std::mem::take(&mut self.page_size),
            std::mem::take(&mut self.page_token),
        )
    }
}

#[tonic::async_trait]
impl AuditService for Audit {
    async fn list_audit_events(
        &self,
        request: Request<ListAuditEventsRequest>,
    ) -> Result<Response<ListAuditEventsResponse>, Status> {
        let account = rpc::caller(&request)?.account_id()?;
        let message = request.get_ref();
        let mut violations = Violations::new();
        let mut fields = violations.root();
        let (start, end) = request::span(&mut fields, message.start_time, message.end_time);
        let filter = Filter {
            start,
            end,
            actor: request::text(&mut fields, "actor_id", &message.actor_id),
            subject: request::text(&mut fields, "subject_id", &message.subject_id),
            action_prefix: request::text(&mut fields, "action_prefix", &message.action_prefix),
        };
        violations.check(ErrorReason::FieldsInvalid)?;
        let page: Page<(DateTime<Utc>, EventId)> = request::page(account, message)?;
        let events = self
            .0
            .audit_events(account, &filter, page.after().copied(), page.fetch())
            .await?;
        let (events, next_page_token) = page.cut(events, |event| (event.at, event.event));
        let audit_events = events.into_iter().map(convert::audit_event).collect();
        Ok(Response::new(ListAuditEventsResponse {
            audit_events,
            next_page_token,
        }))
    }
}
