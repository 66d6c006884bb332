use api::directory::v1 as wire;
use tonic::{Request, Response, Status};
use wire::ring_group_service_server::RingGroupService;

use super::{crud, method_path, service};
use crate::domain::ring_group::RingGroup;

service! {
    /// Ring groups: several people, one call (DIR-4).
    RingGroups
}

#[tonic::async_trait]
impl RingGroupService for RingGroups {
    async fn create_ring_group(
        &self,
        request: Request<wire::CreateRingGroupRequest>,
    ) -> Result<Response<wire::RingGroup>, Status> {
        crud::create::<RingGroup, _>(
            &self.app,
            request,
            method_path!("RingGroupService/CreateRingGroup"),
            |request| (request.request_id, request.ring_group),
        )
        .await
    }

    async fn get_ring_group(
        &self,
        request: Request<wire::GetRingGroupRequest>,
    ) -> Result<Response<wire::RingGroup>, Status> {
        crud::get::<RingGroup, _>(&self.app, request, |request| request.ring_group_id).await
    }

    async fn list_ring_groups(
        &self,
        request: Request<wire::ListRingGroupsRequest>,
    ) -> Result<Response<wire::ListRingGroupsResponse>, Status> {
        let method = method_path!("RingGroupService/ListRingGroups");
        let parts = |request: wire::ListRingGroupsRequest| (request.page_size, request.page_token);
        let (ring_groups, next_page_token) =
            crud::list::<RingGroup, _>(&self.app, request, method, parts).await?;
        Ok(Response::new(wire::ListRingGroupsResponse {
            ring_groups,
            next_page_token,
        }))
    }

    async fn update_ring_group(
        &self,
        request: Request<wire::UpdateRingGroupRequest>,
    ) -> Result<Response<wire::RingGroup>, Status> {
        crud::update::<RingGroup, _>(
            &self.app,
            request,
            method_path!("RingGroupService/UpdateRingGroup"),
            |request| (request.request_id, request.ring_group, request.update_mask),
        )
        .await
    }

    async fn delete_ring_group(
        &self,
        request: Request<wire::DeleteRingGroupRequest>,
    ) -> Result<Response<wire::DeleteRingGroupResponse>, Status> {
        crud::delete::<RingGroup, _, _>(
            &self.app,
            request,
            method_path!("RingGroupService/DeleteRingGroup"),
            |request| (request.request_id, request.ring_group_id, request.etag),
        )
        .await
    }
}
