use std::pin::Pin;

use api::directory::v1 as wire;
use futures::{Stream, StreamExt as _, stream};
use tokio_stream::wrappers::{BroadcastStream, errors::BroadcastStreamRecvError};
use tonic::{Request, Response, Status};
use wire::{get_plan_request::By, plan_service_server::PlanService};

use super::{
    convert,
    request::{field, invalid},
    service,
};
use crate::app::{plan::PlanNews, watch::News};

service! {
    /// Plans: what calls run on.
    Plans
}

#[tonic::async_trait]
impl PlanService for Plans {
    async fn get_plan(
        &self,
        request: Request<wire::GetPlanRequest>,
    ) -> Result<Response<wire::GetPlanResponse>, Status> {
        let request = request.into_inner();
        let account = match request.by {
            Some(By::AccountId(id)) => field("account_id", &id)?,
            Some(By::E164(number)) => self.app.account_of(&field("e164", &number)?).await?,
            None => return Err(invalid("by", "must be set")),
        };
        let answer = match self.app.plan_since(account, request.known_version).await? {
            PlanNews::Unchanged(account, version) => wire::GetPlanResponse {
                account_id: account.to_string(),
                version,
                plan: None,
            },
            PlanNews::Changed(plan) => wire::GetPlanResponse {
                account_id: plan.account.id.to_string(),
                version: plan.account.plan_version,
                plan: Some(convert::plan(&plan)),
            },
        };
        Ok(Response::new(answer))
    }

    type WatchPlansStream =
        Pin<Box<dyn Stream<Item = Result<wire::WatchPlansResponse, Status>> + Send>>;

    /// Subscribed before the first reset is sent: what changes from then on is told.
    async fn watch_plans(
        &self,
        _: Request<wire::WatchPlansRequest>,
    ) -> Result<Response<Self::WatchPlansStream>, Status> {
        let heard = BroadcastStream::new(self.app.watch().subscribe()).map(|heard| match heard {
            Ok(news) => news,
            Err(BroadcastStreamRecvError::Lagged(_)) => News::Reset,
        });
        let told = stream::iter([News::Reset])
            .chain(heard)
            .map(|news| Ok(convert::news(news)));
        Ok(Response::new(Box::pin(told)))
    }
}
