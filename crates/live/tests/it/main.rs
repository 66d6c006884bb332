//! `live` against a real Redis, at `REDIS_URL`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "that is how a test fails"
)]

mod event;
mod lease;
mod lua;
mod outage;
mod script;
mod setup;
mod timer;
