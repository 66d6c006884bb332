//! The way of every input: read the call, decide, commit; when somebody else was first, decide
//! again on what they left.

use futures::{FutureExt, future::BoxFuture};
use ids::{CallId, UserId};
use opentelemetry::KeyValue;
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use telemetry::attributes;
use tokio::sync::oneshot;
use tracing::Instrument;
use uuid::Uuid;

use super::{App, Shared, measure};
use crate::{
    domain::{
        self, Call, FloorOperation, Input, Plan, Rejected, Situation, State, Tell, Time, Transition,
    },
    error::Error,
    grpc::convert,
    live::{
        call::Stored,
        commit::{Base, Commit, Committed},
        keys,
    },
};

/// How often a transition is decided anew before the request is given back. Each new decision
/// means that somebody else's was committed, so the call moves on all the same.
const ATTEMPTS: usize = 16;

/// Who brings an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// An edge that reports, a timer, presence.
    Mesh,
    /// A person, by their own right.
    Person(UserId),
}

/// A transition that was committed, and what it asks for.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) stored: Stored,
    pub(super) floor: Vec<FloorOperation>,
    pub(super) tells: Vec<Tell>,
    /// Whether the call is the first in its line.
    pub(super) head: bool,
}

/// What an input made of a call.
#[derive(Debug)]
pub(super) enum Taken {
    Changed(Step),
    Unchanged(Stored),
}

impl App {
    /// Brings an input to a call; what follows is carried out afterwards. Returns the call as
    /// it was committed.
    ///
    /// In a task of its own, like everything that changes a call: a client that goes away must
    /// not leave a decision half done.
    pub(crate) async fn bring(
        self: &Shared,
        call: CallId,
        input: Input,
        by: By,
    ) -> Result<Call, Error> {
        let app = self.clone();
        let (reply, answer) = oneshot::channel();
        let work = async move {
            let taken = app.take(call, input, by).await;
            // The client may be gone; the work is not for its sake alone.
            match taken {
                Ok(Taken::Changed(step)) => {
                    let _ = reply.send(Ok(step.stored.call.clone()));
                    app.follow(step).await;
                }
                Ok(Taken::Unchanged(stored)) => drop(reply.send(Ok(stored.call))),
                Err(error) => drop(reply.send(Err(error))),
            }
        };
        self.spawn(work.instrument(call_span(call, "input")).boxed())
            .await?;
        answer.await.map_err(|_| Error::CutOff)?
    }

    /// Brings an input to a call, up to the commit.
    pub(super) async fn take(&self, id: CallId, input: Input, by: By) -> Result<Taken, Error> {
        let operation = Uuid::new_v4().simple().to_string();
        let mut fresh = false;
        let mut stored = match self.calls.recall(id) {
            Some(stored) => stored,
            None => {
                fresh = true;
                self.calls.load(id).await?.ok_or(Error::CallNotFound)?
            }
        };
        let mut full = None;
        for _ in 0..ATTEMPTS {
            let plan = self.plan_for(&stored.call, &input).await?;
            let situation = Situation {
                now: self.calls.now(),
                full,
            };
            let decision = domain::decide(stored.call.clone(), &plan, input.clone(), situation);
            let transition = match decision {
                Ok(transition) => transition,
                // What was at hand may be old; nobody is turned away on old knowledge.
                Err(_) if !fresh => {
                    fresh = true;
                    stored = self.calls.load(id).await?.ok_or(Error::CallNotFound)?;
                    continue;
                }
                Err(Rejected::Redundant) => return Ok(Taken::Unchanged(stored)),
                Err(rejected) => return Err(refusal(rejected, &stored.call)),
            };
            let base = Base::Stored(&stored);
            match self.commit(transition, base, &plan, &operation, by).await? {
                Outcome::Changed(step) => return Ok(Taken::Changed(step)),
                Outcome::Repeated(now) => return Ok(Taken::Unchanged(now)),
                Outcome::Stale(now) => {
                    fresh = true;
                    stored = now;
                    full = None;
                    measure::conflict();
                }
                Outcome::Full(queue) => full = Some(queue),
                Outcome::Arrived(_) | Outcome::Gone => return Err(Error::CallNotFound),
            }
        }
        Err(Error::Contended)
    }

    /// Writes a transition.
    pub(super) async fn commit(
        &self,
        transition: Transition,
        base: Base<'_>,
        plan: &Plan,
        operation: &str,
        by: By,
    ) -> Result<Outcome, Error> {
        let Transition {
            call,
            events,
            commands,
            floor,
            tells,
        } = transition;
        let id = call.id;
        let limit = |queue| plan.queues.get(&queue).map_or(0, |queue| queue.max_size);
        let place = call.line(limit);
        let joins = place.as_ref().map(|line| line.queue);
        let just_ended = call.is_ended()
            && match base {
                Base::Stored(before) => !before.call.is_ended(),
                Base::Arrival(_) => true,
            };
        let traceparent = telemetry::propagation::current();
        let commit = Commit {
            operation,
            base,
            place,
            events: events
                .iter()
                .map(|event| convert::event::encode(id, event))
                .collect(),
            commands: commands
                .iter()
                .map(|command| convert::command::encode(&call, command, &traceparent))
                .collect(),
            actor: &by.actor(),
            traceparent: &traceparent,
            call,
        };
        Ok(match self.calls.commit(commit).await? {
            Committed::Done { stored, head } => {
                measure::committed(&stored.call, &events, stored.call.touched);
                if just_ended {
                    record(&stored.call);
                }
                Outcome::Changed(Step {
                    stored,
                    floor,
                    tells,
                    head,
                })
            }
            Committed::Repeated(stored) => Outcome::Repeated(stored),
            Committed::Conflict(Some(stored)) => Outcome::Stale(stored),
            Committed::Conflict(None) => Outcome::Gone,
            Committed::Arrived(call) => Outcome::Arrived(call),
            // Only who joins a line is told that it is full.
            Committed::Full => joins.map_or(Outcome::Gone, Outcome::Full),
        })
    }

    /// The plan to decide by. A call must be able to end without one.
    async fn plan_for(&self, call: &Call, input: &Input) -> Result<Arc<Plan>, Error> {
        match self.plans.of_account(call.account).await {
            Ok(plan) => Ok(plan),
            Err(error) if ends(input) || call.is_ended() => {
                tracing::warn!(call = %call.id, %error, "a call goes on without a plan");
                Ok(Arc::new(Plan::without_anything(call.account)))
            }
            Err(error) => Err(Error::Plan(error)),
        }
    }

    /// Runs work that outlives its request, when there is room for more of it.
    pub(super) async fn spawn(&self, work: BoxFuture<'static, ()>) -> Result<(), Error> {
        let permit = self.background.clone().acquire_owned().await;
        let permit = permit.map_err(|_| Error::CutOff)?;
        self.tasks.spawn(async move {
            work.await;
            drop(permit);
        });
        Ok(())
    }
}

/// What a commit came to.
pub(super) enum Outcome {
    Changed(Step),
    Repeated(Stored),
    Stale(Stored),
    Gone,
    Arrived(CallId),
    Full(ids::QueueId),
}

impl Step {
    /// Nothing changed, but what was asked for before may still wait for its answer.
    pub(super) fn outstanding(stored: Stored) -> Self {
        let floor = stored.call.outstanding.clone();
        Self {
            stored,
            floor,
            tells: Vec::new(),
            head: false,
        }
    }
}

impl By {
    fn actor(self) -> String {
        match self {
            Self::Mesh => String::new(),
            Self::Person(person) => person.to_string(),
        }
    }
}

/// What a rejected input is for whoever brought it.
pub(super) fn refusal(rejected: Rejected, call: &Call) -> Error {
    match rejected {
        Rejected::Conflict(why) => Error::StateConflict {
            state: convert::call::state_name(call),
            why,
        },
        Rejected::UnknownLeg => Error::LegNotFound,
        // To somebody without a part in it, the call does not exist.
        Rejected::NotConcerned | Rejected::Redundant => Error::CallNotFound,
        Rejected::UnknownNumber => Error::NumberUnknown,
    }
}

/// Whether this input can only bring the call nearer to its end.
fn ends(input: &Input) -> bool {
    matches!(
        input,
        Input::HangUp | Input::EdgeLost | Input::LegEnded { .. }
    )
}

/// A span in the trace of a call.
pub(super) fn call_span(call: CallId, what: &'static str) -> tracing::Span {
    let span = tracing::info_span!(
        "call",
        otel.name = what,
        { attributes::CALL } = %call,
        { attributes::PARTITION } = %keys::partition_of(call),
    );
    telemetry::call::span_parent(&span, call.uuid());
    span
}

/// Writes the root of the call's trace.
fn record(call: &Call) {
    let State::Ended { outcome, at, .. } = &call.state else {
        return;
    };
    let outcome = convert::call::outcome_name(*outcome);
    measure::ended(outcome);
    telemetry::call::record_root(telemetry::call::Root {
        call: call.id.uuid(),
        started: system_time(call.arrived),
        ended: system_time(*at),
        attributes: vec![
            KeyValue::new(attributes::CALL, call.id.to_string()),
            KeyValue::new(attributes::ACCOUNT, call.account.to_string()),
            KeyValue::new(attributes::EDGE, call.edge.to_string()),
            KeyValue::new(attributes::OUTCOME, outcome),
        ],
        cause: None,
        error: (*outcome == *"FAILED").then(|| "the call failed".to_owned()),
    });
}

fn system_time(time: Time) -> SystemTime {
    let millis = u64::try_from(time.millis()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
}
