//! The functional core: where a call goes, and why.
//!
//! Pure: no network, store, clock or randomness. The shell loads a call, asks
//! [`decide`] what an [`Input`] makes of it, commits the [`Transition`] in one
//! step, and only then carries out what it asks of the outside world.
//!
//! Three things hold by construction:
//! - **No call without a timer.** [`Call::deadline`] is a function of the call.
//! - **Nothing is forgotten in a crash.** What the call wants of people's locks
//!   is part of the call ([`Call::outstanding`]) until the answer is in; the
//!   timer asks again, under the same operation id.
//! - **Every chain ends.** Each target costs a hop, and hops run out.
//!
//! To change a rule, open the file of its subject: `queue`, `ring`, `offer`,
//! `menu`, `talk`, `end`.

mod call;
mod decide;
mod effect;
mod end;
mod event;
mod input;
mod menu;
mod offer;
mod plan;
mod queue;
mod ring;
mod schedule;
mod talk;
mod target;
mod time;
mod voicemail;

#[cfg(test)]
mod tests;

pub use call::{
    Call, Explanation, Leg, LegState, Line, OfferSource, Outcome, Ringing, State, Visit,
};
pub use decide::{Rejected, Situation, Transition, decide, open};
pub use effect::{
    Command, CommandAction, DeclineReason, FloorOperation, FloorRequest, OfferKind, OfferOrder,
    Tell,
};
pub use event::{Event, OfferEnd, QueueExit};
pub use input::{
    Arrival, FloorResult, HangupCause, Input, OfferOutcome, Offered, Refusal, Reservation, Token,
};
pub use plan::{Extension, Menu, Number, Plan, Queue, RingGroup, RingStrategy, Target};
pub use schedule::{Holiday, Schedule, ScheduleState, Slot};
pub use time::Time;
