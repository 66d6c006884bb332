//! Reporting on real Postgres and Redis.
//!
//! Tests run on two threads: the test's own, which a test's database blocks when it is dropped, and
//! one for the service, which must be able to finish a connection that is being made; Postgres
//! keeps a database until every handshake is over.
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
