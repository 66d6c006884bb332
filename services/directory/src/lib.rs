//! The company's phone system: extensions, numbers, ring groups, queues, menus, schedules, and the
//! plan that calls run on.
//!
//! **Owns** what people configure, where each thing leads, and the promise that a saved
//! configuration works: everything that is mentioned exists, and no call can go in a circle by
//! itself. Publishes one snapshot an account ([`app::plan`]) and tells within a second that it has
//! changed ([`app::watch`]).
//!
//! **Never** knows of a call, a caller or who is free; never reads another service's data but
//! through identity's API, on writes, with the caller's own token. Who is suspended or has left it
//! hears from identity's events ([`app::absence`]).
//!
//! **To add a kind of resource**: its settings in `domain/` (a [`domain::resource::Resource`]), a
//! migration, its row in `store/` (a [`store::table::Table`]), its message in `grpc/convert/`, its
//! service in `grpc/`, and a field in [`domain::plan::Plan`]. Validation paths, repeats, etags,
//! pages, audit, use, loops and plan versions come with that.

pub mod app;
pub mod config;
pub mod domain;
pub mod error;
pub mod grpc;
mod migrations;
pub mod peers;
pub mod store;

use std::sync::Arc;

use ::store::{Store, follow::Follow, outbox::Relay};
use api::directory::v1::{
    extension_service_server::ExtensionServiceServer, menu_service_server::MenuServiceServer,
    number_service_server::NumberServiceServer, plan_service_server::PlanServiceServer,
    queue_service_server::QueueServiceServer, ring_group_service_server::RingGroupServiceServer,
    schedule_service_server::ScheduleServiceServer, split_service_server::SplitServiceServer,
};
use boot::{BoxError, Context, Service};
use futures::FutureExt as _;
use live::Live;
use rpc::Peer;

pub use config::Config;
pub use migrations::MIGRATIONS;

use crate::{
    app::{App, absence::Absences},
    peers::identity::Identity,
};

/// Connects and says what to serve.
pub async fn build(context: Context<Config>) -> Result<Service, BoxError> {
    let config = &context.config;
    let store = Store::connect(&config.postgres, context.service).await?;
    let live = Live::new(&config.redis)?;
    // Without a token of its own: every question carries the caller's.
    let identity = Identity::new(Peer::new("identity.peer", &config.identity.peer, None)?);
    let app = App::new(
        store.clone(),
        identity,
        context.clock.clone(),
        config.plans.account_refresh(),
        config.plans.cached,
    );

    let relay = Relay::new(&store, &live, context.service).run(context.drain.clone());
    let absences = Absences::new(context.clock.clone());
    let follow = Follow::new(&store, &live, context.service, absences).run(context.drain.clone());
    let listen = app.clone().listen(context.drain.clone());
    let sweep = app.clone().sweep(config.retention, context.drain.clone());
    Ok(Service::new()
        .add(ExtensionServiceServer::new(grpc::Extensions::new(
            app.clone(),
        )))
        .add(NumberServiceServer::new(grpc::Numbers::new(app.clone())))
        .add(RingGroupServiceServer::new(grpc::RingGroups::new(
            app.clone(),
        )))
        .add(QueueServiceServer::new(grpc::Queues::new(app.clone())))
        .add(MenuServiceServer::new(grpc::Menus::new(app.clone())))
        .add(ScheduleServiceServer::new(grpc::Schedules::new(
            app.clone(),
        )))
        .add(SplitServiceServer::new(grpc::Splits::new(app.clone())))
        .add(PlanServiceServer::new(grpc::Plans::new(app)))
        .task("relay", relay.map(Ok))
        .task("follow", follow.map(Ok))
        .task("listen", listen.map(Ok))
        .task("sweep", sweep.map(Ok))
        .probe("postgres", move || ready(store.clone())))
}

/// Brings the database to this version.
pub async fn migrate(config: Arc<Config>) -> Result<(), BoxError> {
    let store = Store::connect(&config.postgres, "directory").await?;
    store.migrate(MIGRATIONS).await?;
    Ok(())
}

/// Postgres answers, and knows our tables.
async fn ready(store: Store) -> Result<(), BoxError> {
    let pending = store.pending(MIGRATIONS).await?;
    match pending.first() {
        None => Ok(()),
        Some(name) => Err(format!("migration {name} has not been applied").into()),
    }
}
