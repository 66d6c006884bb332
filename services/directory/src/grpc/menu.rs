use api::directory::v1 as wire;
use tonic::{Request, Response, Status};
use wire::menu_service_server::MenuService;

use super::{crud, method_path, service};
use crate::domain::menu::Menu;

service! {
    /// Menus: the auto-receptionist (DIR-6).
    Menus
}

#[tonic::async_trait]
impl MenuService for Menus {
    async fn create_menu(
        &self,
        request: Request<wire::CreateMenuRequest>,
    ) -> Result<Response<wire::Menu>, Status> {
        crud::create::<Menu, _>(
            &self.app,
            request,
            method_path!("MenuService/CreateMenu"),
            |request| (request.request_id, request.menu),
        )
        .await
    }

    async fn get_menu(
        &self,
        request: Request<wire::GetMenuRequest>,
    ) -> Result<Response<wire::Menu>, Status> {
        crud::get::<Menu, _>(&self.app, request, |request| request.menu_id).await
    }

    async fn list_menus(
        &self,
        request: Request<wire::ListMenusRequest>,
    ) -> Result<Response<wire::ListMenusResponse>, Status> {
        let method = method_path!("MenuService/ListMenus");
        let parts = |request: wire::ListMenusRequest| (request.page_size, request.page_token);
        let (menus, next_page_token) =
            crud::list::<Menu, _>(&self.app, request, method, parts).await?;
        Ok(Response::new(wire::ListMenusResponse {
            menus,
            next_page_token,
        }))
    }

    async fn update_menu(
        &self,
        request: Request<wire::UpdateMenuRequest>,
    ) -> Result<Response<wire::Menu>, Status> {
        crud::update::<Menu, _>(
            &self.app,
            request,
            method_path!("MenuService/UpdateMenu"),
            |request| (request.request_id, request.menu, request.update_mask),
        )
        .await
    }

    async fn delete_menu(
        &self,
        request: Request<wire::DeleteMenuRequest>,
    ) -> Result<Response<wire::DeleteMenuResponse>, Status> {
        crud::delete::<Menu, _, _>(
            &self.app,
            request,
            method_path!("MenuService/DeleteMenu"),
            |request| (request.request_id, request.menu_id, request.etag),
        )
        .await
    }
}
