use api::directory::v1 as wire;
use tonic::{Request, Response, Status};
use wire::extension_service_server::ExtensionService;

use super::{
    convert::{Wire as _, new},
    crud, method_path,
    request::{Author, field, page, reader},
    service,
};
use crate::domain::extension::Extension;

service! {
    /// Extensions: a person's communications identity (DIR-1).
    Extensions
}

#[tonic::async_trait]
impl ExtensionService for Extensions {
    async fn create_extension(
        &self,
        request: Request<wire::CreateExtensionRequest>,
    ) -> Result<Response<wire::Extension>, Status> {
        let author = Author::of(&request)?;
        let request = request.into_inner();
        let intent = author.intent(
            Extension::MANAGE,
            method_path!("ExtensionService/CreateExtension"),
            &request.request_id,
            &request,
        )?;
        // An unreadable id is refused with the other fields.
        let person = request
            .extension
            .as_ref()
            .and_then(|extension| extension.person_id.parse().ok());
        let draft = new::<Extension>(request.extension);
        Ok(Response::new(
            self.app
                .create_extension(&intent, person, draft, Extension::message)
                .await?,
        ))
    }

    async fn get_extension(
        &self,
        request: Request<wire::GetExtensionRequest>,
    ) -> Result<Response<wire::Extension>, Status> {
        crud::get::<Extension, _>(&self.app, request, |request| request.extension_id).await
    }

    async fn list_extensions(
        &self,
        request: Request<wire::ListExtensionsRequest>,
    ) -> Result<Response<wire::ListExtensionsResponse>, Status> {
        let reader = reader(&request)?;
        let wire::ListExtensionsRequest {
            page_size,
            page_token,
            person_id,
        } = request.into_inner();
        let person = if person_id.is_empty() {
            None
        } else {
            Some(field("person_id", &person_id)?)
        };
        let method = method_path!("ExtensionService/ListExtensions");
        let page = page(&reader, method, page_size, &page_token, &person_id)?;
        let (records, next_page_token) = self.app.list_extensions(&reader, &page, person).await?;
        let extensions = records.iter().map(Extension::message).collect();
        Ok(Response::new(wire::ListExtensionsResponse {
            extensions,
            next_page_token,
        }))
    }

    async fn update_extension(
        &self,
        request: Request<wire::UpdateExtensionRequest>,
    ) -> Result<Response<wire::Extension>, Status> {
        crud::update::<Extension, _>(
            &self.app,
            request,
            method_path!("ExtensionService/UpdateExtension"),
            |request| (request.request_id, request.extension, request.update_mask),
        )
        .await
    }

    async fn delete_extension(
        &self,
        request: Request<wire::DeleteExtensionRequest>,
    ) -> Result<Response<wire::DeleteExtensionResponse>, Status> {
        crud::delete::<Extension, _, _>(
            &self.app,
            request,
            method_path!("ExtensionService/DeleteExtension"),
            |request| (request.request_id, request.extension_id, request.etag),
        )
        .await
    }
}
