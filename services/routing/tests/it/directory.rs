//! Directory, reduced to one plan that can be changed.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use api::directory::v1::{
    GetPlanRequest, GetPlanResponse, Plan, PlanChange, PlanReset, WatchPlansRequest,
    WatchPlansResponse, get_plan_request::By, plan_service_server::PlanService,
    watch_plans_response::Message,
};
use futures::{Stream, StreamExt, stream};
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;
use tonic::{Request, Response, Status};

#[derive(Debug, Clone)]
pub(crate) struct Directory {
    plan: Arc<Mutex<Plan>>,
    changes: broadcast::Sender<PlanChange>,
    asked: Arc<AtomicU64>,
}

impl Directory {
    pub(crate) fn of(plan: Plan) -> Self {
        let (changes, _) = broadcast::channel(16);
        Self {
            plan: Arc::new(Mutex::new(plan)),
            changes,
            asked: Arc::default(),
        }
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Plan)) {
        let announced = {
            let mut plan = self.plan.lock().unwrap();
            change(&mut plan);
            plan.version += 1;
            PlanChange {
                account_id: plan.account_id.clone(),
                version: plan.version,
                e164: Vec::new(),
            }
        };
        let _ = self.changes.send(announced);
    }

    pub(crate) fn times_asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }
}

#[tonic::async_trait]
impl PlanService for Directory {
    async fn get_plan(
        &self,
        request: Request<GetPlanRequest>,
    ) -> Result<Response<GetPlanResponse>, Status> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let plan = self.plan.lock().unwrap().clone();
        let request = request.into_inner();
        let known = match request.by {
            Some(By::AccountId(account)) => account == plan.account_id,
            Some(By::E164(number)) => plan.numbers.iter().any(|known| known.e164 == number),
            None => false,
        };
        if !known {
            return Err(Status::not_found("nobody has it"));
        }
        Ok(Response::new(GetPlanResponse {
            account_id: plan.account_id.clone(),
            version: plan.version,
            plan: (plan.version != request.known_version).then_some(plan),
        }))
    }

    type WatchPlansStream = Pin<Box<dyn Stream<Item = Result<WatchPlansResponse, Status>> + Send>>;

    async fn watch_plans(
        &self,
        _: Request<WatchPlansRequest>,
    ) -> Result<Response<Self::WatchPlansStream>, Status> {
        let say = |message| {
            Ok(WatchPlansResponse {
                message: Some(message),
            })
        };
        let reset = stream::once(async move { say(Message::Reset(PlanReset {})) });
        let changes = BroadcastStream::new(self.changes.subscribe())
            .filter_map(async |change| change.ok())
            .map(move |change| say(Message::Change(change)));
        Ok(Response::new(Box::pin(reset.chain(changes))))
    }
}
