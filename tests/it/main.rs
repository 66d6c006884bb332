//! The mesh from outside: five processes, real Postgres and Redis, and nothing
//! but the public API.
//!
//! `stories` are what customers do, `contract` is what holds for every RPC,
//! `faults` is what happens when something dies. All but the faults share one
//! mesh, where every test founds a company of its own.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod architecture;
mod office;
mod split;
mod trace;
mod world;

mod contract {
    mod bad_input;
    mod declared;
    mod doors;
    mod isolation;
    mod paths;
    mod rights;

    mod catalogue;
    mod wire;
}

mod stories {
    mod audit;
    mod leaving;
    mod menu;
    mod numbers;
    mod plan_change;
    mod queue;
    mod report;
    mod ring_group;
    mod sharing;
    mod supervisor;
}

mod faults {
    mod crowd;
    mod killed;
    mod leaving;
    mod replays;
    mod revocation;
    mod rotation;
    mod split;
    mod stores;
}
