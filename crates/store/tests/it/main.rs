//! The store on a real Postgres, and its relay on a real Redis.

#![expect(
    clippy::unwrap_used,
    reason = "a failed unwrap is the failure of the test"
)]

mod follow;
mod migrations;
mod outage;
mod outbox;
mod pages;
mod replays;
mod rows;
mod spans;
mod tenants;
mod transactions;
