//! Real servers, real connections, one process.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed unwrap is the test's failure"
)]

mod access;
mod deadline;
mod identity;
mod limit;
mod peer;
mod probe;
mod revocations;
mod stream;
mod tls;
mod world;
