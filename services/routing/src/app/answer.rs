//! A telephone was picked up: does it have the call?
//!
//! Only presence can say, because the person may have picked up for another call. So this is
//! the one report that waits for what follows its commit.

use futures::FutureExt;
use ids::{CallId, DeviceId, LegId};
use tokio::sync::oneshot;
use tracing::Instrument;

use super::{
    App, By, Shared,
    call::{Step, Taken, call_span},
};
use crate::{
    domain::{Call, Input, LegState, State},
    error::Error,
};

/// Legs of one call that may be answered, and refused, one after the other while this one waits.
const ROUNDS: usize = 8;

impl App {
    /// Whether this leg has the call.
    pub(crate) async fn answer(
        self: &Shared,
        call: CallId,
        leg: LegId,
        device: Option<DeviceId>,
    ) -> Result<bool, Error> {
        let app = self.clone();
        let (reply, answer) = oneshot::channel();
        let work = async move { drop(reply.send(app.decide_answer(call, leg, device).await)) };
        self.spawn(work.instrument(call_span(call, "answer")).boxed())
            .await?;
        answer.await.map_err(|_| Error::CutOff)?
    }

    async fn decide_answer(
        self: &Shared,
        call: CallId,
        leg: LegId,
        device: Option<DeviceId>,
    ) -> Result<bool, Error> {
        for _ in 0..ROUNDS {
            let step = match self
                .take(call, Input::LegAnswered { leg, device }, By::Mesh)
                .await
            {
                Ok(Taken::Changed(step)) => step,
                // A repeated report: presence may have been asked and not been heard.
                Ok(Taken::Unchanged(stored)) => Step::outstanding(stored),
                // Another leg was faster; this one may still win if that one is refused.
                Err(Error::StateConflict { .. }) => {
                    let stored = self.calls.load(call).await?.ok_or(Error::CallNotFound)?;
                    Step::outstanding(stored)
                }
                Err(error) => return Err(error),
            };
            let now = self.follow(step).await.call;
            match has_call(&now, leg) {
                Some(has_call) => return Ok(has_call),
                None if is_undecided(&now) => return Err(Error::Undecided),
                None => {}
            }
        }
        Err(Error::Contended)
    }
}

/// `None` while it may still get it.
fn has_call(call: &Call, leg: LegId) -> Option<bool> {
    let state = call.legs.iter().find(|known| known.id == leg)?.state;
    match state {
        LegState::Connected => Some(true),
        LegState::Ended => Some(false),
        LegState::Offered | LegState::Ringing => None,
    }
}

fn is_undecided(call: &Call) -> bool {
    matches!(&call.state, State::Ringing(ringing) if ringing.answering.is_some())
}
