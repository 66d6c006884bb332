//! Pure decisions about the company's phone system: what is a valid resource, what leads where,
//! which change would send callers in a circle, when something is open. No I/O, no clock, no
//! randomness.
//!
//! Every resource is a plain value behind [`resource::Resource`], which says where it leads and
//! what it looks like field by field. Existence, loops, use and audit are decided once, from
//! that, for all of them.

pub mod absence;
pub mod account;
pub mod change;
pub mod dead_end;
pub mod extension;
pub mod key;
pub mod line;
pub mod link;
pub mod loops;
pub mod menu;
pub mod number;
pub mod phone;
pub mod plan;
pub mod queue;
pub mod resource;
pub mod ring_group;
pub mod schedule;
pub mod span;
pub mod split;
pub mod target;
