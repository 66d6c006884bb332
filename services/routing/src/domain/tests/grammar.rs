//! The grammar of a call's events, which reporting relies on.

use std::collections::HashMap;

use ids::{LegId, QueueId};

use super::super::{Event, QueueExit};

/// What has been said of one call so far.
#[derive(Debug, Default)]
pub(super) struct Grammar {
    arrived: bool,
    open_offers: HashMap<LegId, ()>,
    in_queue: Option<QueueId>,
    on_hold: bool,
    pub(super) ended: bool,
    pub(super) queued: u32,
    pub(super) exits: HashMap<QueueExit, u32>,
}

impl Grammar {
    pub(super) fn read(&mut self, event: &Event) -> Result<(), String> {
        let wrong = |why: &str| Err(format!("{why}: {event:?}"));
        if self.ended && !matches!(event, Event::Recorded { .. }) {
            return wrong("after the end");
        }
        if !self.arrived && !matches!(event, Event::Arrived { .. }) {
            return wrong("before the arrival");
        }
        match event {
            Event::Arrived { .. } if self.arrived => return wrong("arrived twice"),
            Event::Arrived { .. } => self.arrived = true,
            Event::Queued { queue, .. } => {
                if self.in_queue.replace(*queue).is_some() {
                    return wrong("queued while queued");
                }
                self.queued += 1;
            }
            Event::LeftQueue { queue, exit, .. } => {
                if self.in_queue.take() != Some(*queue) {
                    return wrong("left a queue it was not in");
                }
                *self.exits.entry(*exit).or_default() += 1;
            }
            Event::Offered { leg, .. } if self.open_offers.insert(*leg, ()).is_some() => {
                return wrong("offered twice");
            }
            Event::Ringing { leg } if !self.open_offers.contains_key(leg) => {
                return wrong("rings without an offer");
            }
            Event::OfferEnded { leg, .. } | Event::Answered { leg, .. }
                if self.open_offers.remove(leg).is_none() =>
            {
                return wrong("an offer that is not open ended");
            }
            Event::Held { .. } if core::mem::replace(&mut self.on_hold, true) => {
                return wrong("held twice");
            }
            Event::Resumed { .. } if !core::mem::replace(&mut self.on_hold, false) => {
                return wrong("resumed unheld");
            }
            Event::Ended { .. } => {
                if !self.open_offers.is_empty() || self.in_queue.is_some() || self.on_hold {
                    return wrong("ended with something open");
                }
                self.ended = true;
            }
            _ => {}
        }
        Ok(())
    }
}
