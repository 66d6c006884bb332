//! What a process says about itself: logs, traces and metrics.
//!
//! **Owns** the subscriber, the OTLP exporters, W3C propagation, the names of
//! our attributes, and the rule that *the trace of a call is the call*: its
//! trace id is the call id ([`call`]).
//!
//! **Never** decides what is worth recording – the layers in `rpc` and the
//! services do – and never keeps a process from starting because a collector
//! is away: export fails in the background, only a malformed setting is an
//! error.
//!
//! **One more attribute**: a constant in [`attributes`]; nobody spells a name
//! in place. **One more metric**: [`meter`] with the name of the crate that
//! measures; names are `strowger.<noun>.<what>`, the unit is in the instrument.
//!
//! A deployment runs one service per process and the service's name is in the
//! OTLP resource. Tests run the whole mesh in one process, where the first
//! [`init`] wins: server spans therefore also carry
//! [`attributes::SERVICE`].

pub mod attributes;
pub mod call;
mod config;
mod ids;
mod noise;
pub mod propagation;
mod start;

pub use config::{Config, Format};
pub use ids::{CallIds, CallSampler};
pub use opentelemetry::{KeyValue, metrics::Meter};
pub use start::{Error, Guard, init};

/// The meter of one crate. Instruments made from it go to the process's
/// exporter, or nowhere when none is configured.
pub fn meter(name: &'static str) -> Meter {
    opentelemetry::global::meter(name)
}
