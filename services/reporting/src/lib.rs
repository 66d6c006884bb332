//! What happened, and who did it.
//!
//! **Owns** the log of every event of calls and people, the records and sums that are folded from
//! it, and the audit trail; and the trimming of the event streams, because it is the one that must
//! not miss an event.
//!
//! **Never** decides anything about a call, never asks another service, and is never asked on the
//! path of a call: a report that is away delays nothing, its events wait in Redis.
//!
//! An event travels `live/convert` (bus → domain) → [`domain::fold`] (what it changes) →
//! `store/batch` (rows and offset, one transaction). A question travels [`grpc`] → [`app`] →
//! [`store`].
//!
//! **One more number**: count it in [`domain::statistics`] where [`domain::record`] or
//! [`domain::person`] settles it, add its column, its formula in [`domain::definitions`] and its
//! line in [`domain::reconcile`], then rebuild ([`app::rebuild`]) what is in the log already.

pub mod app;
pub mod config;
pub mod domain;
pub mod error;
pub mod grpc;
pub mod live;
pub mod store;

use std::sync::Arc;

use api::reporting::v1::{
    audit_service_server::AuditServiceServer, call_record_service_server::CallRecordServiceServer,
    statistics_service_server::StatisticsServiceServer,
};
use boot::{BoxError, Context, Invalid, Service};

use crate::{
    app::{
        App,
        follow::{self, Bus},
        measure::Meters,
    },
    config::Config,
};

/// Puts the service together.
pub async fn build(context: Context<Config>) -> Result<Service, BoxError> {
    let config = &context.config;
    let store = connect(config).await?;
    let live = ::live::Live::new(&config.redis).map_err(|error| in_section("redis", &error))?;
    let app = App {
        store: store.clone(),
        clock: context.clock.clone(),
    };
    let bus = Bus {
        store: store.clone(),
        live: live.clone(),
        clock: context.clock.clone(),
        meters: Meters::new(),
        batch_events: config.follow.batch_events,
    };
    let following = follow::run(bus, config.follow, context.drain.clone());
    Ok(Service::new()
        .add(CallRecordServiceServer::new(grpc::CallRecords::new(
            app.clone(),
        )))
        .add(StatisticsServiceServer::new(grpc::Statistics::new(
            app.clone(),
        )))
        .add(AuditServiceServer::new(grpc::Audit::new(app)))
        .task("follower", following)
        .probe("postgres", move || {
            let store = store.clone();
            async move {
                match store.pending(store::MIGRATIONS).await?.first() {
                    Some(missing) => Err(format!("migration {missing} is missing").into()),
                    None => Ok(()),
                }
            }
        })
        .probe("redis", move || {
            let live = live.clone();
            async move { Ok(live.ping().await?) }
        }))
}

/// Brings the database to the schema of this version.
pub async fn migrate(config: Arc<Config>) -> Result<(), BoxError> {
    let store = connect(&config).await?;
    store.migrate(store::MIGRATIONS).await?;
    store.close().await;
    Ok(())
}

async fn connect(config: &Config) -> Result<::store::Store, Invalid> {
    let connected = ::store::Store::connect(&config.postgres, "reporting").await;
    connected.map_err(|error| in_section("postgres", &error))
}

/// These errors read `setting: what it must be`; the operator is told the section too.
fn in_section(section: &str, error: &dyn std::error::Error) -> Invalid {
    let text = error.to_string();
    match text.split_once(": ") {
        Some((setting, must)) => Invalid::new(format!("{section}.{setting}"), must),
        None => Invalid::new(section, text),
    }
}
