//! `AccessService`.

use std::sync::Arc;

use ::store::{page::Sizes, replay};
use api::identity::v1::{
    CheckAccessRequest, CheckAccessResponse, GetAccessMatrixRequest, GetAccessMatrixResponse,
    Grant, GrantRoleRequest, ListGrantsRequest, ListGrantsResponse, RevokeRoleRequest,
    RevokeRoleResponse, access_service_server::AccessService,
};
use ids::UserId;
use tonic::{Request, Response, Status, async_trait};

use super::{convert, request};
use crate::{app::App, error::Error};

const GRANT: &str = "/strowger.identity.v1.AccessService/GrantRole";
const REVOKE: &str = "/strowger.identity.v1.AccessService/RevokeRole";
const LIST: &str = "/strowger.identity.v1.AccessService/ListGrants";
const PAGES: Sizes = Sizes {
    default: 100,
    max: 1000,
};

/// Roles and grants.
#[derive(Debug)]
pub struct Access(pub Arc<App>);

#[async_trait]
impl AccessService for Access {
    async fn grant_role(
        &self,
        request: Request<GrantRoleRequest>,
    ) -> Result<Response<Grant>, Status> {
        let by = request::person(&request, &self.0.trusted_proxies)?;
        let message = request.into_inner();
        let (attempt, (user, role, covers)) = request::check(|at| {
            let attempt = request::attempt(at, &by, GRANT, &message.request_id, &message);
            let grant = convert::grant::grant(at, message.grant.clone());
            Some((attempt?, grant?))
        })?;
        let answer = self.0.store.tenant_transaction(by.account, async |tx| {
            replay::once(&tx, &attempt, async {
                let grant = self.0.grant(&tx, &by, user, role, &covers).await?;
                Ok::<_, Error>(convert::grant::to_wire(&grant))
            })
            .await
        });
        Ok(Response::new(Box::pin(answer).await?))
    }

    async fn revoke_role(
        &self,
        request: Request<RevokeRoleRequest>,
    ) -> Result<Response<RevokeRoleResponse>, Status> {
        let by = request::person(&request, &self.0.trusted_proxies)?;
        let message = request.into_inner();
        let (attempt, user, role) = request::check(|at| {
            let attempt = request::attempt(at, &by, REVOKE, &message.request_id, &message);
            let user: Option<UserId> = at.parse("user_id", &message.user_id);
            let role = convert::grant::role(at, message.role);
            Some((attempt?, user?, role?))
        })?;
        let answer = self.0.store.tenant_transaction(by.account, async |tx| {
            replay::once(&tx, &attempt, async {
                self.0.revoke(&tx, &by, user, role).await?;
                Ok::<_, Error>(RevokeRoleResponse {})
            })
            .await
        });
        Ok(Response::new(Box::pin(answer).await?))
    }

    async fn list_grants(
        &self,
        request: Request<ListGrantsRequest>,
    ) -> Result<Response<ListGrantsResponse>, Status> {
        let account = rpc::caller(&request)?.account_id()?;
        let message = request.get_ref();
        let user: Option<UserId> = request::check(|at| match message.user_id.as_str() {
            "" => Some(None),
            id => at.parse("user_id", id).map(Some),
        })?;
        let question = [LIST, &account.to_string(), &message.user_id];
        let page = convert::page::read(message.page_size, &message.page_token, PAGES, &question)?;
        let (grants, next_page_token) = self.0.grants(account, user, &page).await?;
        let grants = grants.iter().map(convert::grant::to_wire).collect();
        Ok(Response::new(ListGrantsResponse {
            grants,
            next_page_token,
        }))
    }

    async fn check_access(
        &self,
        request: Request<CheckAccessRequest>,
    ) -> Result<Response<CheckAccessResponse>, Status> {
        let caller = rpc::caller(&request)?;
        let (permission, refused) = self.0.check_access(caller, &request.get_ref().method)?;
        Ok(Response::new(CheckAccessResponse {
            allowed: refused.is_none(),
            permission: permission.into(),
            explanation: refused.unwrap_or_default(),
        }))
    }

    async fn get_access_matrix(
        &self,
        _: Request<GetAccessMatrixRequest>,
    ) -> Result<Response<GetAccessMatrixResponse>, Status> {
        let rows = App::access_matrix()
            .iter()
            .map(convert::grant::row_to_wire)
            .collect();
        Ok(Response::new(GetAccessMatrixResponse { rows }))
    }
}
