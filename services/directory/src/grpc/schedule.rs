use api::directory::v1 as wire;
use fault::At;
use tonic::{Request, Response, Status};
use wire::schedule_service_server::ScheduleService;

use super::{
    convert::{Wire as _, change, forced, optional_instant},
    crud, method_path,
    request::{Author, checked, field, reader},
    service,
};
use crate::domain::schedule::Schedule;

service! {
    /// Schedules: when something is open (DIR-7).
    Schedules
}

#[tonic::async_trait]
impl ScheduleService for Schedules {
    async fn create_schedule(
        &self,
        request: Request<wire::CreateScheduleRequest>,
    ) -> Result<Response<wire::Schedule>, Status> {
        crud::create::<Schedule, _>(
            &self.app,
            request,
            method_path!("ScheduleService/CreateSchedule"),
            |request| (request.request_id, request.schedule),
        )
        .await
    }

    async fn get_schedule(
        &self,
        request: Request<wire::GetScheduleRequest>,
    ) -> Result<Response<wire::Schedule>, Status> {
        crud::get::<Schedule, _>(&self.app, request, |request| request.schedule_id).await
    }

    async fn list_schedules(
        &self,
        request: Request<wire::ListSchedulesRequest>,
    ) -> Result<Response<wire::ListSchedulesResponse>, Status> {
        let method = method_path!("ScheduleService/ListSchedules");
        let parts = |request: wire::ListSchedulesRequest| (request.page_size, request.page_token);
        let (schedules, next_page_token) =
            crud::list::<Schedule, _>(&self.app, request, method, parts).await?;
        Ok(Response::new(wire::ListSchedulesResponse {
            schedules,
            next_page_token,
        }))
    }

    async fn update_schedule(
        &self,
        request: Request<wire::UpdateScheduleRequest>,
    ) -> Result<Response<wire::Schedule>, Status> {
        crud::update::<Schedule, _>(
            &self.app,
            request,
            method_path!("ScheduleService/UpdateSchedule"),
            |request| (request.request_id, request.schedule, request.update_mask),
        )
        .await
    }

    async fn delete_schedule(
        &self,
        request: Request<wire::DeleteScheduleRequest>,
    ) -> Result<Response<wire::DeleteScheduleResponse>, Status> {
        crud::delete::<Schedule, _, _>(
            &self.app,
            request,
            method_path!("ScheduleService/DeleteSchedule"),
            |request| (request.request_id, request.schedule_id, request.etag),
        )
        .await
    }

    async fn override_schedule(
        &self,
        request: Request<wire::OverrideScheduleRequest>,
    ) -> Result<Response<wire::Schedule>, Status> {
        let author = Author::of(&request)?;
        let request = request.into_inner();
        let intent = author.intent(
            Schedule::MANAGE,
            method_path!("ScheduleService/OverrideSchedule"),
            &request.request_id,
            &request,
        )?;
        let id = field(Schedule::ID, &request.schedule_id)?;
        let forced = checked(|at| forced(at, &request))?;
        let schedule = self
            .app
            .override_schedule(&intent, id, forced, Schedule::message)
            .await?;
        Ok(Response::new(schedule))
    }

    async fn preview_schedule(
        &self,
        request: Request<wire::PreviewScheduleRequest>,
    ) -> Result<Response<wire::PreviewScheduleResponse>, Status> {
        let reader = reader(&request)?;
        let request = request.into_inner();
        let id = field(Schedule::ID, &request.schedule_id)?;
        let (from, limit) = checked(|at| {
            Some((
                optional_instant(at, "from", request.from)?,
                limit(at, &request)?,
            ))
        })?;
        let changes = self.app.preview_schedule(&reader, id, from, limit).await?;
        Ok(Response::new(wire::PreviewScheduleResponse {
            changes: changes.into_iter().map(change).collect(),
        }))
    }
}

/// How many changes are asked for.
fn limit(at: &mut At<'_>, request: &wire::PreviewScheduleRequest) -> Option<usize> {
    const DEFAULT: usize = 20;
    match usize::try_from(request.limit) {
        Ok(0) => Some(DEFAULT),
        Ok(limit @ 1..=100) => Some(limit),
        _ => {
            at.field("limit", "must be 1 to 100, or 0 for 20");
            None
        }
    }
}
