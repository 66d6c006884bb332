//! Calls in and calls out: what happens around every handler.
//!
//! # Coming in
//! [`Server`] puts the same layers, in the same order, around every method:
//! trace → metrics → deadline → authenticate → authorize → limit → handler.
//! What they enforce is the method's `policy` option in `proto/`; a method
//! without one is denied. So a handler starts with a caller who may be there:
//!
//! ```ignore
//! let caller = rpc::caller(&request)?;            // verified; account, subject, grants
//! let account = caller.account_id()?;             // the tenant, from the token only
//! match caller.reach(Permission::CallsRead) { … } // narrow the query
//! ```
//!
//! - Open methods (sign-in) have no caller: [`optional_caller`].
//! - To ask another service with the caller's right instead of our own:
//!   [`on_behalf`].
//! - The handler is dropped when its deadline passes; `deadline::remaining()`
//!   says how long that is, and calls made through a [`Peer`] inherit it.
//!   Tasks that a handler spawns do not.
//! - Server streams end by themselves on drain (1 s after it begins, with
//!   UNAVAILABLE/DRAINING) and when the caller's token expires or is revoked. A
//!   stream that wants a last word uses [`drain::until`].
//!
//! # Going out
//! A [`Peer`] is another service. It balances over its addresses and ejects
//! dead ones, sends the remaining budget as the deadline, the trace and the
//! token, and repeats idempotent calls. Hand it to any generated client:
//!
//! ```ignore
//! let floor = FloorServiceClient::new(context.peer("presence", &config.presence)?);
//! let answer = floor.clone().reserve(request).await?;   // nothing more to set
//! ```
//!
//! **Never**: a layer of one service's own, an exception for one method (write
//! it into its policy), or a retry around a `Peer` (it has one).
//!
//! **One more layer**: a file in `layer/` with a struct that implements `Step`,
//! and its line in `server.rs`.

mod body;
mod caller;
pub mod client;
pub mod deadline;
pub mod drain;
mod layer;
pub mod method;
pub mod revocations;
pub mod server;
pub mod tls;

pub use caller::{OnBehalf, address, caller, network, on_behalf, optional_caller, part_of};
pub use client::Peer;
pub use server::Server;
