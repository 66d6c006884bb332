//! The core under test: readable stories, and properties over random plans,
//! inputs and crashes.

mod floor;
mod grammar;
mod leaving;
mod properties;
mod stories;
mod world;
