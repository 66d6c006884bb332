//! The plans that calls run on: snapshots of directory's configuration, kept here.
//!
//! A call never waits for Postgres and hardly ever for directory: its account's plan is at
//! hand. A change is heard of on a stream and fetched in the background; what the stream may
//! have missed is confirmed by version. With directory down calls go on with what there is,
//! up to a maximum age, and the age is a metric.

mod cache;
mod convert;
mod follow;

pub(crate) use cache::{PlanError, Plans};
