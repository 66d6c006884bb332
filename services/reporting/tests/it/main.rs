//! Reporting on real Postgres and Redis.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is the test's failure")]

mod answers;
mod audit;
mod bad_input;
mod company;
mod exactly_once;
mod isolation;
mod outage;
mod rebuild;
mod service;
mod stories;
mod tape;
mod throughput;
mod trace;
