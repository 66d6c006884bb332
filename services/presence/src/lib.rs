//! Presence: who can take a call right now.
//!
//! **Owns** people's modes, devices and the one call that holds each of them, the ready index of
//! every queue, and the events about all that. Everything is in Redis, and every change is one
//! script. Routing asks the floor (`FloorService`); people and their apps report and watch
//! (`PresenceService`).
//!
//! **Never** decides where a call goes, and never lets a person have two: the lock is taken and
//! given back in scripts only. It keeps no state of its own: any replica can do everything, and
//! the one that leases a partition only fires its timers and applies its plans.
//!
//! **One more operation**: its rule in [`domain::Floor`], its script in `lua/`, its wrapper in
//! [`live`], its use case in [`app`], its method in [`grpc`]; `tests/it/model` then holds script
//! and rule together.

pub mod app;
pub mod config;
pub mod domain;
mod error;
pub mod grpc;
pub mod live;
pub mod peers;

pub use config::Config;
pub use error::Error;

use api::{
    directory::v1::plan_service_client::PlanServiceClient,
    presence::v1::{
        floor_service_server::FloorServiceServer, presence_service_server::PresenceServiceServer,
    },
};

/// Builds the service for `boot`.
///
/// # Errors
/// A setting that cannot work. Redis and the directory may be away: the service starts, says
/// `NOT_SERVING`, and recovers.
pub async fn build(context: boot::Context<Config>) -> Result<boot::Service, boot::BoxError> {
    let config = &context.config;
    let redis = ::live::Live::new(&config.redis)?;
    let directory = context.peer("directory", &config.directory)?;
    let plans = peers::Plans::new(
        PlanServiceClient::new(directory),
        config.presence.plans_kept,
    );
    let store = live::Store::new(redis.clone(), config.presence.operation_memory());
    let hub = app::Hub::new(config.presence.watch_buffer);
    let times = config.presence.times();
    let app = app::App::new(
        store.clone(),
        plans,
        hub.clone(),
        context.clock.clone(),
        times,
    );

    let owner = app::run_owner(app.clone(), context.drain.clone());
    let following = hub.run(store, context.drain.clone());
    Ok(boot::Service::new()
        .add(FloorServiceServer::new(grpc::Floor::new(app.clone())))
        .add(PresenceServiceServer::new(grpc::Presence::new(
            app,
            config.clients.trusted_proxies()?,
        )))
        .task("owner", async move {
            owner.await;
            Ok(())
        })
        .task("hub", async move {
            following.await;
            Ok(())
        })
        .probe("redis", move || {
            let redis = redis.clone();
            async move { Ok(redis.ping().await?) }
        }))
}
