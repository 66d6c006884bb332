//! Drives on what nothing else drives on: calls whose deadline passed, edges that fell silent.

use std::time::Duration;

use chrono::DateTime;
use futures::FutureExt;
use ids::{CallId, EdgeId, ReplicaId};
use live::{
    lease::Leases,
    timer::{Due, Fired},
};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{
    App, By, Shared,
    call::{Taken, call_span},
};
use crate::{
    domain::{Input, State, Time},
    error::Error,
    live::edge,
};

/// The least time until a call without anything to do is looked at again.
const AT_LEAST: Duration = Duration::from_secs(1);

/// Owns this replica's share of the partitions until drained.
pub(super) async fn run(
    app: Shared,
    replica: ReplicaId,
    lease: Duration,
    drain: CancellationToken,
) {
    let leases = Leases::start(&app.live, "routing", replica, lease);
    let held = leases.watch();
    let handler = app.clone();
    let timers = app
        .timers
        .run(&leases, move |due| handler.clone().fire(due));
    let owns = move |partition| {
        held.borrow()
            .iter()
            .any(|held| held.partition() == partition && held.is_valid())
    };
    app.listen_for_people(owns, drain).await;
    timers.stop().await;
    leases.release().await;
}

impl App {
    async fn fire(self: Shared, due: Due) -> Result<Fired, Error> {
        if let Ok(call) = due.member.parse::<CallId>() {
            return self
                .look_at(call)
                .instrument(call_span(call, "timer"))
                .await;
        }
        if let Ok(edge) = due.member.parse::<EdgeId>() {
            return self.miss_edge(edge, &due).await;
        }
        tracing::error!(member = due.member, "a timer of nothing known");
        Ok(Fired::Stale)
    }

    /// The deadline of a call has passed.
    async fn look_at(self: &Shared, call: CallId) -> Result<Fired, Error> {
        match self.take(call, Input::Timer, By::Mesh).await {
            Ok(Taken::Changed(step)) => {
                // Not here: presence may be slow, and other timers of the partition wait.
                let app = self.clone();
                let span = tracing::Span::current();
                self.spawn(
                    async move { drop(app.follow(step).await) }
                        .instrument(span)
                        .boxed(),
                )
                .await?;
            }
            Ok(Taken::Unchanged(stored)) => {
                // A wish that still waits for its turn, or a timer that is early.
                if let (State::Queued { .. }, Some(visit)) =
                    (&stored.call.state, &stored.call.visit)
                {
                    self.match_queue(crate::live::keys::partition_of(call), visit.queue, None);
                }
                let soonest = self.calls.now() + AT_LEAST;
                let at: Option<Time> = stored.call.deadline().map(|at| at.max(soonest));
                self.calls.rearm(&stored, at).await?;
            }
            Err(Error::CallNotFound) => return Ok(Fired::Stale),
            Err(error) => return Err(error),
        }
        Ok(Fired::Handled)
    }

    /// An edge has not said for a lease that some of its calls live.
    async fn miss_edge(self: &Shared, edge: EdgeId, due: &Due) -> Result<Fired, Error> {
        let partition = due.partition();
        // After an outage of Redis, or of routing, everybody looks silent: first let them speak.
        if due.lease.held_for() < 2 * self.edge_keepalive {
            let again = self.calls.now() + self.edge_keepalive;
            let again = DateTime::from_timestamp_millis(again.millis());
            let again = again.unwrap_or(due.at + self.edge_keepalive);
            self.timers.arm(partition, edge, again).await?;
            return Ok(Fired::Handled);
        }
        let lost = edge::silent(&self.live, &self.timers, partition, edge, self.edge_lease).await?;
        if !lost.is_empty() {
            tracing::warn!(%edge, %partition, calls = lost.len(), "an edge is silent about calls");
        }
        for call in lost {
            let app = self.clone();
            let work = async move {
                match app.take(call, Input::EdgeLost, By::Mesh).await {
                    Ok(Taken::Changed(step)) => drop(app.follow(step).await),
                    Ok(Taken::Unchanged(_)) => {}
                    Err(error) => tracing::warn!(%call, %error, "a lost call is ended later"),
                }
            };
            self.spawn(work.instrument(call_span(call, "edge lost")).boxed())
                .await?;
        }
        Ok(Fired::Handled)
    }
}
