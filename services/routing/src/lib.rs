//! Where this call goes, and why.
//!
//! Owns calls from arrival to end, the waiting lines, their timers, and the commands for the
//! telephony edges; all of it in Redis. Never knows who is free (presence does) and never
//! changes a plan (directory does).
//!
//! - `domain/` decides, purely.
//! - `app/` is the way of every input: read → decide → commit → follow.
//! - `live/` is Redis, `peers/` are the other services, `grpc/` is the wire.
//!
//! To add a fact that edges report: an RPC in `edge_service.proto` with its policy, an `Input`
//! and what it means in `domain/`, and a translation in `grpc/edge.rs`. To add a command: an
//! action in `command.proto`, in `domain/effect.rs` and in `grpc/convert/command.rs`.

mod app;
mod config;
pub mod domain;
mod error;
mod grpc;
mod live;
mod peers;

use std::time::Duration;

use api::routing::v1::{
    call_service_server::CallServiceServer, edge_service_server::EdgeServiceServer,
    waiting_line_service_server::WaitingLineServiceServer,
};
use boot::{BoxError, Context, Service};
use ids::ReplicaId;

pub use config::{Config, Routing};

/// The service, as `boot` runs it.
///
/// # Errors
/// A setting that cannot work.
pub async fn build(context: Context<Config>) -> Result<Service, BoxError> {
    let config = &context.config;
    let redis = ::live::Live::new(&config.redis)
        .map_err(|error| boot::Invalid::new("redis", error.to_string()))?;
    let presence = context.peer("presence", &config.presence)?;
    let directory = context.peer("directory", &config.directory)?;

    let settings = &config.routing;
    let max_age = Duration::from_secs(settings.plan_max_age_seconds);
    let refresh = Duration::from_secs(settings.plan_refresh_seconds);
    let plans = peers::plans::Plans::new(directory, max_age);
    let floor = peers::floor::Floor::new(presence, settings.lock_lease());
    let (clock, tasks) = (context.clock.clone(), context.tasks.clone());
    let app = app::App::new(redis.clone(), clock, plans.clone(), floor, tasks, settings);

    let drain = &context.drain;
    let lease = Duration::from_millis(settings.lease_ms);
    let timers = app::run(app.clone(), ReplicaId::generate(), lease, drain.clone());
    let following = plans.follow(refresh, drain.clone());
    Ok(Service::new()
        .add(EdgeServiceServer::new(grpc::Edges::new(
            app.clone(),
            drain.clone(),
        )))
        .add(CallServiceServer::new(grpc::Calls::new(app.clone())))
        .add(WaitingLineServiceServer::new(grpc::WaitingLines::new(app)))
        .task("timers", async {
            timers.await;
            Ok(())
        })
        .task("plans", async {
            following.await;
            Ok(())
        })
        .probe("redis", move || {
            let redis = redis.clone();
            async move { Ok(redis.ping().await?) }
        }))
}
