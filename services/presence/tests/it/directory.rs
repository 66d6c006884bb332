//! A directory of which only the plans are real.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex},
};

use api::directory::v1::{
    GetPlanRequest, GetPlanResponse, Plan, PlanChange, PlanReset, WatchPlansRequest,
    WatchPlansResponse,
    get_plan_request::By,
    plan_service_server::{PlanService, PlanServiceServer},
    watch_plans_response::Message,
};
use futures::{Stream, StreamExt, stream};
use ids::AccountId;
use tokio::{net::TcpListener, sync::broadcast};
use tokio_stream::wrappers::{BroadcastStream, TcpListenerStream};
use tokio_util::task::AbortOnDropHandle;
use tonic::{Request, Response, Status, transport::Server};

/// Serves the plans that a test gives it, and announces them.
#[derive(Clone)]
pub(crate) struct Directory {
    plans: Arc<Mutex<HashMap<String, Plan>>>,
    news: broadcast::Sender<WatchPlansResponse>,
    uri: String,
    server: Arc<AbortOnDropHandle<()>>,
}

impl Directory {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}", listener.local_addr().unwrap());
        let (plans, news) = (Arc::default(), broadcast::channel(64).0);
        let service = Plans {
            plans: Arc::clone(&plans),
            news: news.clone(),
        };
        let server = Server::builder().add_service(PlanServiceServer::new(service));
        let serving = tokio::spawn(async move {
            server
                .serve_with_incoming(TcpListenerStream::new(listener))
                .await
                .unwrap();
        });
        Self {
            plans,
            news,
            uri,
            server: Arc::new(AbortOnDropHandle::new(serving)),
        }
    }

    pub(crate) fn uri(&self) -> &str {
        &self.uri
    }

    /// Answers nobody any more.
    pub(crate) fn stop(&self) {
        self.server.abort();
    }

    /// The version of the plan that it has.
    pub(crate) fn version(&self, account: AccountId) -> i64 {
        self.plans
            .lock()
            .unwrap()
            .get(&account.to_string())
            .map_or(0, |plan| plan.version)
    }

    /// Has this plan from now on, one version later than before, and says so.
    pub(crate) fn publish(&self, mut plan: Plan) {
        let account_id = plan.account_id.clone();
        let mut plans = self.plans.lock().unwrap();
        plan.version = plans.get(&account_id).map_or(1, |known| known.version + 1);
        let version = plan.version;
        plans.insert(account_id.clone(), plan);
        let change = PlanChange {
            account_id,
            version,
            e164: Vec::new(),
        };
        // Nobody listens before the service under test has started.
        let _ = self.news.send(WatchPlansResponse {
            message: Some(Message::Change(change)),
        });
    }
}

struct Plans {
    plans: Arc<Mutex<HashMap<String, Plan>>>,
    news: broadcast::Sender<WatchPlansResponse>,
}

#[tonic::async_trait]
impl PlanService for Plans {
    async fn get_plan(
        &self,
        request: Request<GetPlanRequest>,
    ) -> Result<Response<GetPlanResponse>, Status> {
        let request = request.into_inner();
        let Some(By::AccountId(account_id)) = request.by else {
            return Err(Status::invalid_argument("by account only"));
        };
        let plans = self.plans.lock().unwrap();
        let plan = plans
            .get(&account_id)
            .ok_or_else(|| Status::not_found("no such account"))?;
        Ok(Response::new(GetPlanResponse {
            account_id,
            version: plan.version,
            plan: (plan.version != request.known_version).then(|| plan.clone()),
        }))
    }

    type WatchPlansStream = Pin<Box<dyn Stream<Item = Result<WatchPlansResponse, Status>> + Send>>;

    async fn watch_plans(
        &self,
        _: Request<WatchPlansRequest>,
    ) -> Result<Response<Self::WatchPlansStream>, Status> {
        let reset = WatchPlansResponse {
            message: Some(Message::Reset(PlanReset {})),
        };
        let news = BroadcastStream::new(self.news.subscribe());
        let news = news.map(|news| news.map_err(|_| Status::aborted("too slow")));
        Ok(Response::new(Box::pin(
            stream::iter([Ok(reset)]).chain(news),
        )))
    }
}
