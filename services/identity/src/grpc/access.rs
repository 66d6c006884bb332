//! `AccessService`.

use std::sync::Arc;

use ::store::{page::Sizes, replay};
use api::identity::v1::{
    CheckAccessRequest, CheckAccessResponse, CreateRoleRequest, CustomRole, DeleteRoleRequest,
    DeleteRoleResponse, GetAccessMatrixRequest, GetAccessMatrixResponse, GetRoleRequest, Grant,
    GrantRoleRequest, ListGrantsRequest, ListGrantsResponse, ListPermissionsRequest,
    ListPermissionsResponse, ListRolesRequest, ListRolesResponse, RevokeRoleRequest,
    RevokeRoleResponse, UpdateRoleRequest, access_service_server::AccessService,
};
use ids::UserId;
use tonic::{Request, Response, Status, async_trait};

use super::{convert, convert::grant::AnyRole, request, role};
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
    async fn list_permissions(
        &self,
        _: Request<ListPermissionsRequest>,
    ) -> Result<Response<ListPermissionsResponse>, Status> {
        let permissions = convert::role::permissions();
        Ok(Response::new(ListPermissionsResponse { permissions }))
    }

    async fn create_role(
        &self,
        request: Request<CreateRoleRequest>,
    ) -> Result<Response<CustomRole>, Status> {
        role::create(&self.0, request).await.map(Response::new)
    }

    async fn get_role(
        &self,
        request: Request<GetRoleRequest>,
    ) -> Result<Response<CustomRole>, Status> {
        role::get(&self.0, request).await.map(Response::new)
    }

    async fn list_roles(
        &self,
        request: Request<ListRolesRequest>,
    ) -> Result<Response<ListRolesResponse>, Status> {
        role::list(&self.0, request).await.map(Response::new)
    }

    async fn update_role(
        &self,
        request: Request<UpdateRoleRequest>,
    ) -> Result<Response<CustomRole>, Status> {
        role::update(&self.0, request).await.map(Response::new)
    }

    async fn delete_role(
        &self,
        request: Request<DeleteRoleRequest>,
    ) -> Result<Response<DeleteRoleResponse>, Status> {
        role::delete(&self.0, request).await.map(Response::new)
    }

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
                Ok::<_, Error>(match role {
                    AnyRole::BuiltIn(role) => {
                        let grant = Box::pin(self.0.grant(&tx, &by, user, role, &covers)).await?;
                        convert::grant::to_wire(&grant)
                    }
                    AnyRole::Custom(role) => {
                        let covers = covers.iter().copied().collect();
                        let grant =
                            Box::pin(self.0.grant_custom(&tx, &by, user, role, &covers)).await?;
                        convert::grant::custom_to_wire(&grant)
                    }
                })
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
            let role = convert::grant::any_role(at, message.role, &message.role_id);
            Some((attempt?, user?, role?))
        })?;
        let answer = self.0.store.tenant_transaction(by.account, async |tx| {
            replay::once(&tx, &attempt, async {
                match role {
                    AnyRole::BuiltIn(role) => Box::pin(self.0.revoke(&tx, &by, user, role)).await?,
                    AnyRole::Custom(role) => {
                        Box::pin(self.0.revoke_custom(&tx, &by, user, role)).await?
                    }
                }
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
        let grants = grants.iter().map(convert::grant::any_to_wire).collect();
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
        let check = self.0.check_access(caller, &request.get_ref().method);
        let check = check.await?;
        let roles = check.roles.iter();
        Ok(Response::new(CheckAccessResponse {
            allowed: check.refused.is_none(),
            permission: check.permission.into(),
            explanation: check.refused.unwrap_or_default(),
            roles: roles
                .map(|role| convert::grant::role_to_wire(*role).into())
                .collect(),
            role_ids: check.custom_roles.iter().map(ToString::to_string).collect(),
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
