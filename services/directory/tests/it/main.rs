//! Directory on real Postgres and Redis, through its public API, with an identity of the test's
//! own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_input;
mod edits;
mod identity;
mod leaving;
mod loops;
mod migrations;
mod outage;
mod plans;
mod schedules;
mod split;
mod stories;
mod tenants;
mod world;
