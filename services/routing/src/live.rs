//! What routing keeps in Redis: calls, waiting lines, timers, commands for edges.

pub(crate) mod call;
pub(crate) mod clock;
pub(crate) mod commit;
pub(crate) mod edge;
pub(crate) mod keys;
pub(crate) mod line;
