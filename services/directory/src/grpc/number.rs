use api::directory::v1 as wire;
use tonic::{Request, Response, Status};
use wire::number_service_server::NumberService;

use super::{
    convert::{Wire as _, dead_end, destination},
    crud, method_path,
    request::{Author, checked, etag, field, page, reader},
    service,
};
use crate::domain::{number::Number, target::Target};

service! {
    /// Public numbers and where each leads (DIR-2).
    Numbers
}

#[tonic::async_trait]
impl NumberService for Numbers {
    async fn create_number(
        &self,
        request: Request<wire::CreateNumberRequest>,
    ) -> Result<Response<wire::Number>, Status> {
        crud::create::<Number, _>(
            &self.app,
            request,
            method_path!("NumberService/CreateNumber"),
            |request| (request.request_id, request.number),
        )
        .await
    }

    async fn get_number(
        &self,
        request: Request<wire::GetNumberRequest>,
    ) -> Result<Response<wire::Number>, Status> {
        crud::get::<Number, _>(&self.app, request, |request| request.number_id).await
    }

    async fn list_numbers(
        &self,
        request: Request<wire::ListNumbersRequest>,
    ) -> Result<Response<wire::ListNumbersResponse>, Status> {
        let method = method_path!("NumberService/ListNumbers");
        let parts = |request: wire::ListNumbersRequest| (request.page_size, request.page_token);
        let (numbers, next_page_token) =
            crud::list::<Number, _>(&self.app, request, method, parts).await?;
        Ok(Response::new(wire::ListNumbersResponse {
            numbers,
            next_page_token,
        }))
    }

    async fn update_number(
        &self,
        request: Request<wire::UpdateNumberRequest>,
    ) -> Result<Response<wire::Number>, Status> {
        crud::update::<Number, _>(
            &self.app,
            request,
            method_path!("NumberService/UpdateNumber"),
            |request| (request.request_id, request.number, request.update_mask),
        )
        .await
    }

    async fn delete_number(
        &self,
        request: Request<wire::DeleteNumberRequest>,
    ) -> Result<Response<wire::DeleteNumberResponse>, Status> {
        crud::delete::<Number, _, _>(
            &self.app,
            request,
            method_path!("NumberService/DeleteNumber"),
            |request| (request.request_id, request.number_id, request.etag),
        )
        .await
    }

    async fn assign_number(
        &self,
        request: Request<wire::AssignNumberRequest>,
    ) -> Result<Response<wire::Number>, Status> {
        let author = Author::of(&request)?;
        let request = request.into_inner();
        let intent = author.intent(
            Number::MANAGE,
            method_path!("NumberService/AssignNumber"),
            &request.request_id,
            &request,
        )?;
        let id = field(Number::ID, &request.number_id)?;
        let target = checked(|at| destination(at, "target", request.target))?;
        let seen = etag("etag", request.etag)?;
        let number = self
            .app
            .assign_number(&intent, id, &seen, &target, Number::message)
            .await?;
        Ok(Response::new(number))
    }

    async fn unassign_number(
        &self,
        request: Request<wire::UnassignNumberRequest>,
    ) -> Result<Response<wire::Number>, Status> {
        let author = Author::of(&request)?;
        let request = request.into_inner();
        let intent = author.intent(
            Number::MANAGE,
            method_path!("NumberService/UnassignNumber"),
            &request.request_id,
            &request,
        )?;
        let id = field(Number::ID, &request.number_id)?;
        let seen = etag("etag", request.etag)?;
        let number = self
            .app
            .assign_number(&intent, id, &seen, &Target::Unassigned, Number::message)
            .await?;
        Ok(Response::new(number))
    }

    async fn list_dead_ends(
        &self,
        request: Request<wire::ListDeadEndsRequest>,
    ) -> Result<Response<wire::ListDeadEndsResponse>, Status> {
        let reader = reader(&request)?;
        let wire::ListDeadEndsRequest {
            page_size,
            page_token,
        } = request.into_inner();
        let page = page(
            &reader,
            method_path!("NumberService/ListDeadEnds"),
            page_size,
            &page_token,
            "",
        )?;
        let (ends, next_page_token) = self.app.list_dead_ends(&reader, &page).await?;
        let dead_ends = ends.into_iter().map(dead_end).collect();
        Ok(Response::new(wire::ListDeadEndsResponse {
            dead_ends,
            next_page_token,
        }))
    }
}
