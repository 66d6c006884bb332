//! The part of `AccessService` about roles of a company's own.

use ::store::{page::Sizes, replay};
use api::identity::v1::{
    CreateRoleRequest, CustomRole, DeleteRoleRequest, DeleteRoleResponse, GetRoleRequest,
    ListRolesRequest, ListRolesResponse, UpdateRoleRequest,
};
use ids::RoleId;
use tonic::{Request, Status};

use super::{convert, request};
use crate::{app::App, error::Error};

const CREATE: &str = "/strowger.identity.v1.AccessService/CreateRole";
const LIST: &str = "/strowger.identity.v1.AccessService/ListRoles";
const UPDATE: &str = "/strowger.identity.v1.AccessService/UpdateRole";
const DELETE: &str = "/strowger.identity.v1.AccessService/DeleteRole";
const PAGES: Sizes = Sizes {
    default: 100,
    max: 1000,
};

pub(super) async fn create(
    app: &App,
    request: Request<CreateRoleRequest>,
) -> Result<CustomRole, Status> {
    let by = request::person(&request, &app.trusted_proxies)?;
    let message = request.into_inner();
    let (attempt, (name, reaches)) = request::check(|at| {
        let attempt = request::attempt(at, &by, CREATE, &message.request_id, &message);
        let role = convert::role::new(at, message.role.clone());
        Some((attempt?, role?))
    })?;
    let answer = app.store.tenant_transaction(by.account, async |tx| {
        replay::once(&tx, &attempt, async {
            let role = app.create_role(&tx, &by, &name, &reaches).await?;
            Ok::<_, Error>(convert::role::to_wire(&role))
        })
        .await
    });
    Ok(Box::pin(answer).await?)
}

pub(super) async fn get(app: &App, request: Request<GetRoleRequest>) -> Result<CustomRole, Status> {
    let account = rpc::caller(&request)?.account_id()?;
    let role = request::check(|at| at.parse("role_id", &request.get_ref().role_id))?;
    Ok(convert::role::to_wire(&app.role(account, role).await?))
}

pub(super) async fn list(
    app: &App,
    request: Request<ListRolesRequest>,
) -> Result<ListRolesResponse, Status> {
    let account = rpc::caller(&request)?.account_id()?;
    let message = request.get_ref();
    let question = [LIST, &account.to_string()];
    let page = convert::page::read(message.page_size, &message.page_token, PAGES, &question)?;
    let (roles, next_page_token) = app.roles(account, &page).await?;
    Ok(ListRolesResponse {
        roles: roles.iter().map(convert::role::to_wire).collect(),
        next_page_token,
    })
}

pub(super) async fn update(
    app: &App,
    request: Request<UpdateRoleRequest>,
) -> Result<CustomRole, Status> {
    let by = request::person(&request, &app.trusted_proxies)?;
    let message = request.into_inner();
    let (attempt, (role, etag, edit)) = request::check(|at| {
        let attempt = request::attempt(at, &by, UPDATE, &message.request_id, &message);
        let edit = convert::role::edit(at, message.role.clone(), message.update_mask.as_ref());
        Some((attempt?, edit?))
    })?;
    let answer = app.store.tenant_transaction(by.account, async |tx| {
        replay::once(&tx, &attempt, async {
            let role = app.update_role(&tx, &by, role, &etag, &edit).await?;
            Ok::<_, Error>(convert::role::to_wire(&role))
        })
        .await
    });
    Ok(Box::pin(answer).await?)
}

pub(super) async fn delete(
    app: &App,
    request: Request<DeleteRoleRequest>,
) -> Result<DeleteRoleResponse, Status> {
    let by = request::person(&request, &app.trusted_proxies)?;
    let message = request.into_inner();
    let (attempt, role) = request::check(|at| {
        let attempt = request::attempt(at, &by, DELETE, &message.request_id, &message);
        let role: Option<RoleId> = at.parse("role_id", &message.role_id);
        Some((attempt?, role?))
    })?;
    let answer = app.store.tenant_transaction(by.account, async |tx| {
        replay::once(&tx, &attempt, async {
            app.delete_role(&tx, &by, role, message.force).await?;
            Ok::<_, Error>(DeleteRoleResponse {})
        })
        .await
    });
    Ok(Box::pin(answer).await?)
}
