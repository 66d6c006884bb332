//! Wire ⇄ domain. Requests are read with [`Fields`], which reports every wrong field by its path.

mod fields;
mod floor;
mod person;
mod words;

pub(super) use fields::Fields;
pub(super) use floor::{held_lock, offered, reserved, token, token_from};
pub(super) use person::{lock, person, seen, timestamp};
