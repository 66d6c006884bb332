//! What routing does: read, ask the domain, commit, then carry out what was decided.
//!
//! - [`call`] is the way of every input, whoever brings it; [`arrival`] is the first one and
//!   [`answer`] the one that waits for presence.
//! - [`follow`] carries out what a transition asks of presence and of other calls.
//! - [`matcher`] brings waiting callers and free people together.
//! - [`timers`] drives on what nothing else drives on.
//! - [`edge`] serves the edges: their commands, their signs of life.

mod answer;
mod arrival;
mod call;
mod edge;
mod follow;
mod matcher;
mod measure;
mod read;
mod timers;
mod viewer;

use std::{sync::Arc, time::Duration};

use live::{Live, timer::Timers};
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    config::Routing,
    live::{call::Calls, clock::RedisClock},
    peers::{floor::Floor, plans::Plans},
};

pub(crate) use arrival::Arriving;
pub(crate) use call::By;
pub(crate) use edge::{Attached, LiveLeg};
pub(crate) use viewer::Viewer;

/// Routing at work. Shared by all handlers and loops of a replica.
#[derive(Debug)]
pub(crate) struct App {
    live: Live,
    timers: Timers,
    calls: Calls,
    plans: Plans,
    floor: Floor,
    matcher: matcher::Matcher,
    attachments: edge::Attachments,
    renewals: edge::Renewals,
    /// Bounds the calls worked on at once beyond their requests.
    background: Arc<Semaphore>,
    tasks: TaskTracker,
    edge_lease: Duration,
    edge_keepalive: Duration,
}

/// A handle on [`App`].
pub(crate) type Shared = Arc<App>;

impl App {
    pub(crate) fn new(
        live: Live,
        clock: clock::Clock,
        plans: Plans,
        floor: Floor,
        tasks: TaskTracker,
        config: &Routing,
    ) -> Shared {
        let timers = Timers::new(&live, "routing");
        let clock = RedisClock::new(clock);
        let calls = Calls::new(live.clone(), timers.clone(), clock, config.edge_lease());
        Arc::new(Self {
            live,
            timers,
            calls,
            plans,
            floor,
            matcher: matcher::Matcher::default(),
            attachments: edge::Attachments::default(),
            renewals: edge::Renewals::every(config.lock_lease() / 3),
            background: Arc::new(Semaphore::new(config.max_background)),
            tasks,
            edge_lease: config.edge_lease(),
            edge_keepalive: config.edge_keepalive(),
        })
    }
}

/// Runs everything that works without being asked, until drained.
pub(crate) async fn run(
    app: Shared,
    replica: ids::ReplicaId,
    lease: Duration,
    drain: CancellationToken,
) {
    timers::run(app, replica, lease, drain).await;
}
