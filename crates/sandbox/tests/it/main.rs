//! The sandbox on this machine's real Postgres and Redis.

#![expect(
    clippy::unwrap_used,
    reason = "a failed unwrap is the failure of the test"
)]

mod exec;
mod lifecycle;
mod machine;
