//! Stories about calls: a replica or two on a real Redis, an edge in software, and stand-ins for
//! presence and directory that fit on a page.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod company;
mod directory;
mod edges;
mod floor;
mod leaving;
mod queries;
mod queues;
mod recovery;
mod rings;
mod town;
