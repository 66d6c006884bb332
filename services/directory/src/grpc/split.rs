use access::Permission;
use api::directory::v1 as wire;
use ids::SplitId;
use tonic::{Request, Response, Status};
use wire::split_service_server::SplitService;

use super::{
    convert::{split, split_plan, wish},
    method_path,
    request::{Author, checked, etag, field},
    service,
};

service! {
    /// Splitting shared identities into people (ID-11).
    Splits
}

const SPLIT: Permission = Permission::IdentitiesSplit;

#[tonic::async_trait]
impl SplitService for Splits {
    async fn plan_split(
        &self,
        request: Request<wire::PlanSplitRequest>,
    ) -> Result<Response<wire::SplitPlan>, Status> {
        let by = Author::of(&request)?.splitter(SPLIT)?;
        let wire::PlanSplitRequest {
            person_id,
            people,
            successor,
        } = request.into_inner();
        let wish = checked(|at| wish(at, &person_id, &people, successor.as_ref()))?;
        let (outlook, said) = self.app.plan_split(&by, &wish).await?;
        Ok(Response::new(split_plan(&outlook, &said)))
    }

    async fn split_identity(
        &self,
        request: Request<wire::SplitIdentityRequest>,
    ) -> Result<Response<wire::Split>, Status> {
        let author = Author::of(&request)?;
        let by = author.splitter(SPLIT)?;
        let request = request.into_inner();
        let method = method_path!("SplitService/SplitIdentity");
        let intent = author.intent(SPLIT, method, &request.request_id, &request)?;
        let successor = request.successor.as_ref();
        let wish = checked(|at| wish(at, &request.person_id, &request.people, successor))?;
        let seen = etag("etag", request.etag)?;
        let begun = |id: SplitId| wire::Split {
            split_id: id.to_string(),
            ..wire::Split::default()
        };
        let begun = self.app.begin_split(&by, &intent, &wish, &seen, begun);
        let id = field("split_id", &begun.await?.split_id)?;
        let (state, tokens) = self.app.continue_split(&intent, id).await?;
        Ok(Response::new(split(&state, &tokens)))
    }

    async fn continue_split(
        &self,
        request: Request<wire::ContinueSplitRequest>,
    ) -> Result<Response<wire::Split>, Status> {
        let author = Author::of(&request)?;
        let request = request.into_inner();
        let method = method_path!("SplitService/ContinueSplit");
        let intent = author.intent(SPLIT, method, &request.request_id, &request)?;
        let id = field("split_id", &request.split_id)?;
        let (state, tokens) = self.app.continue_split(&intent, id).await?;
        Ok(Response::new(split(&state, &tokens)))
    }

    async fn get_split(
        &self,
        request: Request<wire::GetSplitRequest>,
    ) -> Result<Response<wire::Split>, Status> {
        let by = Author::of(&request)?.splitter(SPLIT)?;
        let id = field("split_id", &request.into_inner().split_id)?;
        let state = self.app.split(by.account, id).await?;
        Ok(Response::new(split(&state, &Default::default())))
    }
}
