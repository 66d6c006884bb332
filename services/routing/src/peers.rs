//! The services that routing calls: presence for people, directory for plans.

pub(crate) mod floor;
pub(crate) mod plans;
