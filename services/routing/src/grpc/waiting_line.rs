use api::routing::v1::{
    GetWaitingLineRequest, WaitingCaller, WaitingLine,
    waiting_line_service_server::WaitingLineService,
};
use fault::Violations;
use tonic::{Request, Response, Status};

use super::{convert::time::timestamp, request};
use crate::app::Shared;

const DEFAULT_SHOWN: u32 = 100;
const MOST_SHOWN: u32 = 1000;

/// `WaitingLineService`.
#[derive(Debug)]
pub(crate) struct WaitingLines {
    app: Shared,
}

impl WaitingLines {
    pub(crate) fn new(app: Shared) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl WaitingLineService for WaitingLines {
    async fn get_waiting_line(
        &self,
        request: Request<GetWaitingLineRequest>,
    ) -> Result<Response<WaitingLine>, Status> {
        let caller = rpc::caller(&request)?;
        let request = request.get_ref();
        let mut violations = Violations::new();
        let mut fields = violations.root();
        let queue = fields.parse("queue_id", &request.queue_id);
        let limit = u32::try_from(request.limit)
            .ok()
            .filter(|limit| *limit <= MOST_SHOWN);
        fields.must(limit.is_some(), "limit", "must be 0 to 1000");
        let (queue, limit) = request::finish(violations, queue.zip(limit))?;
        let limit = if limit == 0 { DEFAULT_SHOWN } else { limit };
        let (size, callers) = self.app.waiting(caller, queue, limit).await?;
        let callers = callers.into_iter().map(|(call, since)| WaitingCaller {
            call_id: call.to_string(),
            // Lines are ordered by arrival alone so far.
            priority: 0,
            queue_time: Some(timestamp(since)),
        });
        let callers = callers.collect();
        Ok(Response::new(WaitingLine {
            queue_id: queue.to_string(),
            size,
            callers,
        }))
    }
}
