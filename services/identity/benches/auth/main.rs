//! How long signing in takes, whoever tries; how fast tokens are refreshed and verified.
//!
//! Runs on real Postgres and Redis, everything in one process:
//!
//!     make bench
//!
//! `ARGS=500` takes that many samples of each kind instead of 200. Times depend on the machine and
//! what else it does; whether the kinds of refusal can be told apart must not.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a bench that cannot go on stops"
)]

mod distribution;
mod refresh;
mod sign_in;
mod verify;
#[path = "../../tests/it/world.rs"]
#[expect(dead_code, reason = "the stories need more of it")]
mod world;

/// Of each kind, unless told otherwise.
const SAMPLES: usize = 200;

#[tokio::main]
async fn main() {
    // Cargo adds a flag of its own.
    let asked = std::env::args().find_map(|argument| argument.parse().ok());
    let samples = asked.unwrap_or(SAMPLES).max(20);
    verify::measure();
    let world = world::World::start_with(&[("clients.trusted_proxies", "127.0.0.0/8")]).await;
    refresh::measure(&world, samples).await;
    sign_in::measure(&world, samples).await;
}
