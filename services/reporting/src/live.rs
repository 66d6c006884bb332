//! Redis: the event streams that reporting reads, and trims behind everybody.

pub mod behind;
pub mod convert;
pub mod trim;
