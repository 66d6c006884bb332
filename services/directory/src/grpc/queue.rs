use api::directory::v1 as wire;
use tonic::{Request, Response, Status};
use wire::queue_service_server::QueueService;

use super::{crud, method_path, service};
use crate::domain::queue::Queue;

service! {
    /// Queues: callers wait for somebody (DIR-5).
    Queues
}

#[tonic::async_trait]
impl QueueService for Queues {
    async fn create_queue(
        &self,
        request: Request<wire::CreateQueueRequest>,
    ) -> Result<Response<wire::Queue>, Status> {
        crud::create::<Queue, _>(
            &self.app,
            request,
            method_path!("QueueService/CreateQueue"),
            |request| (request.request_id, request.queue),
        )
        .await
    }

    async fn get_queue(
        &self,
        request: Request<wire::GetQueueRequest>,
    ) -> Result<Response<wire::Queue>, Status> {
        crud::get::<Queue, _>(&self.app, request, |request| request.queue_id).await
    }

    async fn list_queues(
        &self,
        request: Request<wire::ListQueuesRequest>,
    ) -> Result<Response<wire::ListQueuesResponse>, Status> {
        let method = method_path!("QueueService/ListQueues");
        let parts = |request: wire::ListQueuesRequest| (request.page_size, request.page_token);
        let (queues, next_page_token) =
            crud::list::<Queue, _>(&self.app, request, method, parts).await?;
        Ok(Response::new(wire::ListQueuesResponse {
            queues,
            next_page_token,
        }))
    }

    async fn update_queue(
        &self,
        request: Request<wire::UpdateQueueRequest>,
    ) -> Result<Response<wire::Queue>, Status> {
        crud::update::<Queue, _>(
            &self.app,
            request,
            method_path!("QueueService/UpdateQueue"),
            |request| (request.request_id, request.queue, request.update_mask),
        )
        .await
    }

    async fn delete_queue(
        &self,
        request: Request<wire::DeleteQueueRequest>,
    ) -> Result<Response<wire::DeleteQueueResponse>, Status> {
        crud::delete::<Queue, _, _>(
            &self.app,
            request,
            method_path!("QueueService/DeleteQueue"),
            |request| (request.request_id, request.queue_id, request.etag),
        )
        .await
    }
}
