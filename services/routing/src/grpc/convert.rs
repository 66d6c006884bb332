//! Domain to wire, one file a message.

pub(crate) mod call;
pub(crate) mod command;
pub(crate) mod event;
pub(crate) mod time;
