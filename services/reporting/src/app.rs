//! Use cases: what a caller may ask, and the follower that makes it so.

pub mod audit;
pub mod call_record;
pub mod follow;
pub mod measure;
pub mod rebuild;
pub mod scope;
pub mod statistics;
mod trace;

use clock::Clock;
use store::Store;

/// What the questions are answered with.
#[derive(Debug, Clone)]
pub struct App {
    /// The report.
    pub store: Store,
    /// The time.
    pub clock: Clock,
}
