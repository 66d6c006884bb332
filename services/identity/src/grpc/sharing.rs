//! `SharingService`.

use std::sync::Arc;

use ::store::{page::Sizes, replay};
use api::identity::v1::{
    DismissSharingFindingRequest, GetSharingFindingRequest, ListSharingFindingsRequest,
    ListSharingFindingsResponse, SharingFinding, sharing_service_server::SharingService,
};
use ids::UserId;
use tonic::{Request, Response, Status, async_trait};

use super::{convert, request};
use crate::{app::App, domain::line::Name, error::Error};

const LIST: &str = "/strowger.identity.v1.SharingService/ListSharingFindings";
const DISMISS: &str = "/strowger.identity.v1.SharingService/DismissSharingFinding";
const PAGES: Sizes = Sizes {
    default: 50,
    max: 100,
};

/// The sharing guard.
#[derive(Debug)]
pub struct Sharing(pub Arc<App>);

#[async_trait]
impl SharingService for Sharing {
    async fn list_sharing_findings(
        &self,
        request: Request<ListSharingFindingsRequest>,
    ) -> Result<Response<ListSharingFindingsResponse>, Status> {
        let account = rpc::caller(&request)?.account_id()?;
        let message = request.get_ref();
        let filter = request::check(|at| convert::sharing::filter(at, message))?;
        let question = [
            LIST,
            &account.to_string(),
            &message.state.to_string(),
            &message.min_score.to_string(),
        ];
        let page = convert::page::read(message.page_size, &message.page_token, PAGES, &question)?;
        let (findings, next_page_token) = self.0.findings(account, filter, &page).await?;
        Ok(Response::new(ListSharingFindingsResponse {
            findings: findings.iter().map(convert::sharing::to_wire).collect(),
            next_page_token,
        }))
    }

    async fn get_sharing_finding(
        &self,
        request: Request<GetSharingFindingRequest>,
    ) -> Result<Response<SharingFinding>, Status> {
        let account = rpc::caller(&request)?.account_id()?;
        let user = request::check(|at| at.parse("user_id", &request.get_ref().user_id))?;
        let assessed = self.0.finding(account, user).await?;
        Ok(Response::new(convert::sharing::to_wire(&assessed)))
    }

    async fn dismiss_sharing_finding(
        &self,
        request: Request<DismissSharingFindingRequest>,
    ) -> Result<Response<SharingFinding>, Status> {
        let by = request::person(&request, &self.0.trusted_proxies)?;
        let message = request.into_inner();
        let now = self.0.clock.now();
        let (attempt, user, reason, until) = request::check(|at| {
            let attempt = request::attempt(at, &by, DISMISS, &message.request_id, &message);
            let user: Option<UserId> = at.parse("user_id", &message.user_id);
            let reason: Option<Name> = at.parse("reason", &message.reason);
            let until = convert::sharing::until(at, message.until, now);
            Some((attempt?, user?, reason?, until?))
        })?;
        let answer = self.0.store.tenant_transaction(by.account, async |tx| {
            replay::once(&tx, &attempt, async {
                let dismiss = self.0.dismiss_finding(&tx, &by, user, &reason, until);
                Ok::<_, Error>(convert::sharing::to_wire(&dismiss.await?))
            })
            .await
        });
        Ok(Response::new(Box::pin(answer).await?))
    }
}
