//! Lua that scripts share, to be put in front of them by
//! [`Script::with_prelude`](crate::Script::with_prelude).
//!
//! Order matters: a prelude uses only those named before it in this list.

/// `now_ms()`, `refuse(code, text)`, `partition_tag()`, `replication_id()`.
pub const CORE: &str = include_str!("../lua/prelude/core.lua");

/// `pb.string`, `pb.int`, `pb.bool`, `pb.timestamp`, …: writes protobuf messages.
pub const PROTOBUF: &str = include_str!("../lua/prelude/protobuf.lua");

/// `events.emit{…}`, `events.forget(subject)`: the partition's event stream. Needs [`CORE`].
pub const EVENT: &str = include_str!("../lua/prelude/event.lua");

/// `timers.arm(key, member, at_ms)`, `timers.cancel(key, member)`: see [`crate::timer`].
pub const TIMER: &str = include_str!("../lua/prelude/timer.lua");
