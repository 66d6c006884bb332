//! How a service starts, tells how it is, and stops.
//!
//! # A service in four files
//! `main.rs` is one statement, `boot::run("routing", routing::build)`; with a
//! database `boot::program("identity", identity::build).migrate(identity::migrate).run()`.
//!
//! `config.toml`, beside Cargo.toml, lists **every** setting with its default
//! and a comment; it is compiled in. Start from `crates/boot/sections.toml`.
//! A key that is not in it is unknown, and unknown keys are refused. Optional
//! settings are empty or 0; units are in the names; an empty table in it is a
//! map with keys of the operator's choice.
//!
//! `config.rs` has the struct and says where the common sections are:
//!
//! ```ignore
//! #[derive(Debug, Clone, serde::Deserialize)]
//! #[serde(deny_unknown_fields)]
//! pub struct Config {
//!     pub server: boot::section::Server,
//!     pub telemetry: boot::section::Telemetry,
//!     pub identity: boot::section::Identity,
//!     pub presence: boot::section::Peer,
//!     pub routing: Routing,
//! }
//!
//! impl boot::Settings for Config {
//!     const DEFAULTS: &'static str = include_str!("../config.toml");
//!     fn server(&self) -> &boot::section::Server { &self.server }
//!     fn telemetry(&self) -> &boot::section::Telemetry { &self.telemetry }
//!     fn identity(&self) -> Option<&boot::section::Identity> { Some(&self.identity) }
//! }
//! ```
//!
//! `lib.rs` has `build`, which connects and returns what to serve:
//!
//! ```ignore
//! pub async fn build(context: boot::Context<Config>) -> Result<boot::Service, boot::BoxError> {
//!     let live = Live::connect(&context.config.redis).await?;
//!     let presence = context.peer("presence", &context.config.presence)?;
//!     let app = App::new(live.clone(), FloorServiceClient::new(presence), context.clock.clone());
//!     Ok(boot::Service::new()
//!         .add(CallServiceServer::new(grpc::Calls::new(app.clone())))
//!         .task("timers", app.timers(context.drain.clone()))
//!         .probe("redis", move || { let live = live.clone(); async move { Ok(live.ping().await?) } }))
//! }
//! ```
//!
//! # What happens around it
//! Start: configuration → telemetry → `build` connects → bind → SERVING once
//! every probe passes and the signing keys are known. Each second the probes
//! run again, and health follows them, both ways.
//!
//! A task that fails or panics makes the process NOT_SERVING and stops it with
//! exit code 1: somebody restarts it clean. A task that returns `Ok` is done.
//!
//! Stop (SIGTERM, SIGINT): NOT_SERVING → `drain` is cancelled → no new
//! connections, running requests and tasks get `server.drain_seconds` →
//! telemetry is flushed. A second signal stops at once.
//!
//! Exit codes: 0 stopped as asked, 64 bad configuration or flags (one line on
//! stderr names the key), 1 anything else.
//!
//! **Never**: business, Postgres or Redis; services bring those as closures.

mod config;
mod context;
mod flags;
mod health;
mod program;
mod reflection;
mod running;
pub mod section;
mod service;
mod signal;
mod start;

pub use config::{Invalid, Settings, settings};
pub use context::Context;
pub use program::{Program, program, run};
pub use running::Running;
pub use service::Service;
pub use start::{Error, Start, start};

/// Any error; services bring their own.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
