//! Redis, as every service uses it: connections, keys, scripts, events, leases, timers.
//!
//! This crate is the only one that talks to Redis's protocol, builds the tag of a key and sorts
//! Redis's errors. It knows no service: what is kept under a key, and what a script does, is
//! the service's own.
//!
//! # A handle
//!
//! [`Live::new`] checks the settings and connects on first use. While Redis is gone every call
//! fails at once with [`LiveError::Unavailable`] (half a second at worst, when Redis is silent);
//! when it is back, the next call works. Health checks call [`Live::ping`].
//!
//! # Keys
//!
//! Every key is in one of 64 [`Partition`]s and starts with its tag: everything about one
//! account is in one slot of a Redis Cluster, so one script may touch all of it. A service has
//! one module, `live/keys.rs`, that names its keys:
//!
//! ```
//! use ids::{AccountId, CallId};
//! use live::{Key, Keyspace, Partition};
//!
//! fn call(keys: &Keyspace, account: AccountId, call: CallId) -> Key {
//!     keys.key(Partition::of(account), format_args!("routing:call:{call}"))
//! }
//! ```
//!
//! # Scripts
//!
//! What changes state is a Lua file with a header – KEYS, ARGV, returns, guarantee – and a typed
//! wrapper. [`prelude`] has the functions that scripts share, put in front of the body:
//!
//! ```no_run
//! use std::sync::LazyLock;
//! use live::{Key, Live, LiveError, Script, prelude};
//!
//! static RESERVE: LazyLock<Script> = LazyLock::new(|| {
//!     let preludes = [prelude::CORE, prelude::PROTOBUF, prelude::EVENT, prelude::TIMER];
//!     // include_str!("../../lua/reserve.lua")
//!     Script::with_prelude("presence.reserve", &preludes, r#"#!lua
//!         if redis.call('EXISTS', KEYS[1]) == 1 then
//!           return refuse('USER_BUSY', 'has a call already')
//!         end
//!         local now, tag = now_ms(), partition_tag()
//!         redis.call('HSET', KEYS[1], 'call', ARGV[1], 'since', now)
//!         timers.arm(tag .. ':presence:timers', ARGV[2] .. ':offer', now + 20000)
//!         events.emit{ type = 'strowger.presence.v1.PersonEvent', account = ARGV[3],
//!           subject = ARGV[2], traceparent = ARGV[4], at = now,
//!           body = pb.string(1, ARGV[2]) .. pb.timestamp(2, now) .. pb.message(5, pb.string(1, ARGV[1])) }
//!         return now
//!     "#)
//! });
//!
//! enum Reserved { Since(u64), Busy }
//!
//! async fn reserve(live: &Live, lock: &Key, call: &str, user: &str) -> Result<Reserved, LiveError> {
//!     let asked = live.script(&RESERVE).key(lock).arg(call).arg(user).arg("acc_…").arg("");
//!     match asked.run::<u64>().await {
//!         Ok(since) => Ok(Reserved::Since(since)),
//!         Err(error) if error.refusal() == Some("USER_BUSY") => Ok(Reserved::Busy),
//!         Err(error) => Err(error),
//!     }
//! }
//! ```
//!
//! A script validates first and writes last: Lua does not roll back. A call that failed with
//! `Unavailable` may have happened; repeat it with the same operation id. Every call made inside
//! a span has a span of its own (`redis presence.reserve`), and every call is measured
//! (`db.client.operation.duration`). Plain reads go through [`Live::command`].
//! `Fault::from(LiveError)` is right for every error that a wrapper did not expect.
//!
//! The preludes, which scripts also use for what Rust does elsewhere:
//!
//! | prelude | gives |
//! |---|---|
//! | `CORE` | `now_ms()`, `refuse(code, text)`, `partition_tag()` (of `KEYS[1]`), `replication_id()` |
//! | `PROTOBUF` | `pb.string`, `pb.int` (also enums), `pb.bool`, `pb.message`, `pb.timestamp(field, ms)`, `pb.duration`, `pb.item` (repeated), `pb.present` (optional) |
//! | `EVENT` (needs `CORE`) | `events.emit{…}` returns id and sequence, `events.forget(subject)` |
//! | `TIMER` | `timers.arm(key, member, at_ms)`, `timers.cancel(key, member)` |
//!
//! # Events
//!
//! Redis services emit in their scripts, Postgres services relay an outbox with
//! [`event::append`]. A reader keeps its offsets with its effect:
//!
//! ```no_run
//! # use std::time::Duration;
//! # use live::{Live, LiveError, Partition, event::{Follower, Offset}};
//! # async fn follow(live: &Live) -> Result<(), LiveError> {
//! let mut follower = Follower::new(live);
//! // From the database; Offset::START for a partition that it does not know.
//! let mut offsets: Vec<_> = Partition::all().map(|partition| (partition, Offset::START)).collect();
//! loop {
//!     for entry in follower.read(&offsets, 100, Duration::from_secs(5)).await? {
//!         // One transaction: the rows that `entry.event` makes, and compare-and-set of the
//!         // partition's offset to `entry.offset`. Then remember it:
//!         offsets[usize::from(entry.partition.index())].1 = entry.offset;
//!     }
//! }
//! # }
//! ```
//!
//! # Leases and timers
//!
//! Replicas of a service divide the partitions among themselves and fire the timers of those
//! they hold. A timer's transition removes it in its own script, so the handler only says which
//! it was:
//!
//! ```no_run
//! # use ids::ReplicaId;
//! # use live::{Live, lease::{self, Leases}, timer::{Due, Fired, Timers}};
//! # #[derive(Clone)] struct Calls;
//! # impl Calls { async fn timer_due(&self, due: Due) -> Result<Fired, live::LiveError> { Ok(Fired::Stale) } }
//! # async fn run(live: Live, calls: Calls) {
//! let leases = Leases::start(&live, "routing", ReplicaId::generate(), lease::DEFAULT_TTL);
//! let running = Timers::new(&live, "routing").run(&leases, move |due| {
//!     let calls = calls.clone();
//!     async move { calls.timer_due(due).await } // Handled, Stale, or an error: again in 1 s
//! });
//! // On drain: first the work, then the leases, so that others take over at once.
//! running.stop().await;
//! leases.release().await;
//! # }
//! ```
//!
//! For wake-ups there is [`Live::subscribe`], heard at most once; timers are the certainty.
//!
//! # To add
//!
//! A shared Lua function: a file in `lua/prelude/` and a constant in [`prelude`]. A script of a
//! service: in that service. Another kind of deployment (Sentinel, Cluster): `connection.rs`.

mod call;
mod config;
mod connection;
mod error;
pub mod event;
mod handle;
mod keys;
pub mod lease;
pub mod prelude;
mod script;
mod subscribe;
mod tail;
pub mod timer;

pub use call::Call;
pub use config::{Config, ConfigError};
pub use error::LiveError;
pub use handle::Live;
pub use keys::{Key, Keyspace, Partition};
pub use script::Script;
pub use subscribe::{Signal, Subscription};
pub use tail::{Tail, TailEntry};
