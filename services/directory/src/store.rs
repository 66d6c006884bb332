//! Postgres: entities and the queries that use cases ask for. A finder takes the account first.
//!
//! The resources share their queries in [`table`] and bring a row of their own each. What
//! mentions what stands in [`link`], so that existence, use and loops are one question for all.
//! Rows become domain values here and nowhere else; a row that cannot is [`Unreadable`].

pub mod absence;
pub mod account;
pub mod dialled_number;
pub mod extension;
pub mod link;
pub mod menu;
pub mod number;
pub mod plan;
pub mod queue;
pub mod resource;
pub mod ring_group;
mod row;
pub mod schedule;
pub mod split;
pub mod table;

pub use row::Unreadable;
