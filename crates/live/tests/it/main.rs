//! `live` against a real Redis, at `REDIS_URL`.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is the test's failure")]

mod event;
mod lease;
mod lua;
mod outage;
mod proxy;
mod script;
mod setup;
mod timer;
