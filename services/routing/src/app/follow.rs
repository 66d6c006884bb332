//! What comes after a commit: presence is asked, other calls are told, and every answer is the
//! next input.
//!
//! All of it is written in the call, so whatever is cut off here is asked again, under the same
//! operation id, when the call's timer fires.

use std::collections::VecDeque;

use tracing::Instrument;

use super::{
    App, By, Shared,
    call::{Step, Taken, call_span},
};
use crate::{
    domain::{FloorRequest, Input, Tell},
    live::{call::Stored, keys},
};

impl App {
    /// Carries out what a transition asks for, and what follows from the answers. Returns the
    /// call as it then is.
    pub(super) async fn follow(self: &Shared, step: Step) -> Stored {
        let Step {
            stored,
            floor,
            tells,
            head,
        } = step;
        let id = stored.call.id;
        let mut last = stored;
        let mut work: VecDeque<_> = floor
            .into_iter()
            .map(|operation| (operation, head))
            .collect();
        self.tell(tells);
        while let Some((operation, head)) = work.pop_front() {
            if let FloorRequest::Reserve { queue, .. } = operation.request {
                // Whose turn it is, is for the line to say.
                self.match_queue(keys::partition_of(id), queue, head.then_some(id));
                continue;
            }
            let result = match self.floor.ask(&last.call, &operation).await {
                Ok(result) => result,
                Err(error) => {
                    tracing::warn!(call = %id, %error, "asked again later");
                    continue;
                }
            };
            let input = Input::Floor {
                operation: operation.number,
                result,
            };
            match self.take(id, input, By::Mesh).await {
                Ok(Taken::Changed(step)) => {
                    let head = step.head;
                    work.extend(step.floor.into_iter().map(|operation| (operation, head)));
                    self.tell(step.tells);
                    last = step.stored;
                }
                Ok(Taken::Unchanged(stored)) => last = stored,
                Err(error) => tracing::warn!(call = %id, %error, "an answer of presence is lost"),
            }
        }
        last
    }

    /// Passes news on to other calls.
    fn tell(self: &Shared, tells: Vec<Tell>) {
        for Tell { call, input } in tells {
            let app = self.clone();
            let work = async move {
                match app.take(call, input, By::Mesh).await {
                    Ok(Taken::Changed(step)) => drop(app.follow_elsewhere(step).await),
                    Ok(Taken::Unchanged(_)) => {}
                    Err(error) => tracing::warn!(%call, %error, "news for a call is lost"),
                }
            };
            self.tasks.spawn(work.instrument(call_span(call, "told")));
        }
    }

    /// [`App::follow`] for another call; boxed, because the news of one call may be news for
    /// the next.
    pub(super) fn follow_elsewhere(
        self: Shared,
        step: Step,
    ) -> std::pin::Pin<Box<dyn Future<Output = Stored> + Send>> {
        Box::pin(async move { self.follow(step).await })
    }
}
