//! Presence on real Redis: stories through the public API, and the scripts against the reference
//! model.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod directory;
mod floor;
mod model;
mod office;

mod stories {
    mod calls;
    mod devices;
    mod epochs;
    mod history;
    mod inputs;
    mod modes;
    mod outage;
    mod places;
    mod plans;
    mod queues;
    mod ring_all;
    mod watching;
}
