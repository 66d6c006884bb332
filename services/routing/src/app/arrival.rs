//! A caller arrives at an edge and becomes a call.

use futures::FutureExt;
use ids::{CallId, EdgeId, LegId};
use live::{Key, Partition};
use std::sync::Arc;
use tokio::sync::oneshot;
use tracing::Instrument;
use uuid::Uuid;

use super::{
    App, By, Shared,
    call::{Outcome, Step, call_span},
};
use crate::{
    domain::{self, Arrival, Plan, Situation},
    error::Error,
    live::{commit::Base, keys},
};

/// How often the commit of an arrival is tried: once more for each line that is full, of which a
/// chain of targets has a bounded number.
const ATTEMPTS: usize = 24;

/// What an edge says of a new caller.
#[derive(Debug, Clone)]
pub(crate) struct Arriving {
    pub(crate) edge: EdgeId,
    /// The edge's own id of the caller's leg.
    pub(crate) edge_call: String,
    pub(crate) from: String,
    pub(crate) from_name: String,
    pub(crate) dialled: String,
}

enum Arrived {
    New(Box<Step>),
    Before(CallId),
}

impl App {
    /// Makes a call of an arrival, once: the same arrival again is the same call.
    pub(crate) async fn arrive(
        self: &Shared,
        arriving: Arriving,
    ) -> Result<(CallId, LegId), Error> {
        let plan = self.plans.of_number(&arriving.dialled).await?;
        let partition = Partition::of(plan.account);
        let key = keys::arrival(&self.live, partition, arriving.edge, &arriving.edge_call);
        let arrival = Arrival {
            call: keys::new_call(partition),
            account: plan.account,
            edge: arriving.edge,
            from: arriving.from,
            from_name: arriving.from_name,
            dialled: arriving.dialled,
        };
        let span = call_span(arrival.call, "arrival");
        let (reply, answer) = oneshot::channel();
        let app = self.clone();
        let work = async move {
            let step = match app.open(arrival, &key, &plan).await {
                Ok(Arrived::New(step)) => *step,
                Ok(Arrived::Before(call)) => {
                    let _ = reply.send(app.caller_of(call).await);
                    return;
                }
                Err(error) => {
                    let _ = reply.send(Err(error));
                    return;
                }
            };
            let call = &step.stored.call;
            // The edge may be gone by now; its silence is dealt with elsewhere.
            let _ = reply.send(Ok((call.id, call.caller)));
            app.follow(step).await;
        };
        self.spawn(work.instrument(span).boxed()).await?;
        answer.await.map_err(|_| Error::CutOff)?
    }

    async fn open(&self, arrival: Arrival, key: &Key, plan: &Arc<Plan>) -> Result<Arrived, Error> {
        let operation = Uuid::new_v4().simple().to_string();
        let mut full = None;
        for _ in 0..ATTEMPTS {
            let situation = Situation {
                now: self.calls.now(),
                full,
            };
            let transition = domain::open(arrival.clone(), plan, situation);
            // The plan changed between the lookup and now.
            let transition = transition.map_err(|_| Error::NumberUnknown)?;
            let base = Base::Arrival(key);
            match self
                .commit(transition, base, plan, &operation, By::Mesh)
                .await?
            {
                Outcome::Changed(step) => return Ok(Arrived::New(Box::new(step))),
                Outcome::Repeated(stored) | Outcome::Stale(stored) => {
                    return Ok(Arrived::Before(stored.call.id));
                }
                Outcome::Arrived(call) => return Ok(Arrived::Before(call)),
                Outcome::Full(queue) => full = Some(queue),
                Outcome::Gone => break,
            }
        }
        Err(Error::Contended)
    }

    async fn caller_of(&self, call: CallId) -> Result<(CallId, LegId), Error> {
        let stored = match self.calls.recall(call) {
            Some(stored) => stored,
            None => self.calls.load(call).await?.ok_or(Error::CallNotFound)?,
        };
        Ok((call, stored.call.caller))
    }
}
