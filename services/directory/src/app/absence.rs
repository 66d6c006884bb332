//! What identity says of people and the company, followed: whoever is suspended or has left is
//! not to be reached, and others take their numbers over (ID-12, ID-1).
//!
//! All of it is one transaction with the offset of the event, so it happens once. That the person
//! is absent cannot be refused; what else it entails may be (the heir does not exist, callers
//! would go in a circle): then the trail says so, and the rest happens all the same. Every entry
//! names identity's event as its cause.

mod attempt;
mod notice;
mod work;

use clock::Clock;
use live::event::Envelope;
use store::{Transaction, follow::Effect};

use self::{notice::Notice, work::Work};
use super::caller::Origin;
use crate::{error::Error, store::account as accounts};

/// Follows identity.
#[derive(Debug, Clone)]
pub struct Absences {
    clock: Clock,
}

impl Absences {
    /// By this clock.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock }
    }
}

impl Effect for Absences {
    type Error = Error;

    fn concerns(&self, event: &Envelope) -> bool {
        Notice::read(event).is_some()
    }

    async fn apply(&self, tx: Transaction, event: &Envelope) -> Result<(), Error> {
        let Some(notice) = Notice::read(event) else {
            return Ok(());
        };
        if accounts::lock(&tx, event.account).await?.is_none() {
            // Nothing was ever configured: there is nothing that could ring anybody.
            return Ok(());
        }
        let origin = Origin {
            actor: event.actor.clone(),
            network: String::new(),
            cause: Some(event.id),
        };
        let work = Work {
            tx: &tx,
            account: event.account,
            origin: &origin,
            now: self.clock.now(),
        };
        match notice {
            Notice::Suspended(person, heir) => work.suspend(person, heir).await,
            Notice::Resumed(person) => work.resume(person).await,
            Notice::Left(person, heir) => work.leave(person, heir).await,
            Notice::AccountSuspended => work.suspend_account(true).await,
            Notice::AccountResumed => work.suspend_account(false).await,
        }
    }
}
