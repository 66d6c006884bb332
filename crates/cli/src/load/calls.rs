//! Calls that arrive on time and are answered at once.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use api::routing::v1::HangupCause;
use chrono::{DateTime, Utc};
use clock::Clock;
use edge::{Edge, EdgeError};
use ids::EdgeId;
use indicatif::{ProgressBar, ProgressStyle};
use mesh::Service;
use rpc::client::Tokens;
use tokio::{sync::mpsc, time::MissedTickBehavior};

use super::figures::{Latencies, Step};
use crate::session::Addresses;

/// An edge of our own.
pub(crate) async fn attach(addresses: &Addresses, key: &str) -> anyhow::Result<Edge> {
    let identity = addresses.peer(Service::Identity, None)?;
    let tokens = Tokens::exchange(identity, key.into(), Clock::system());
    let routing = addresses.peer(Service::Routing, Some(tokens))?;
    Edge::attach(routing, EdgeId::generate())
        .await
        .context("the edge cannot attach")
}

/// How calls arrive.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) rate: u32,
    pub(crate) span: Duration,
    pub(crate) talk: Duration,
}

/// What came of them.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) began: DateTime<Utc>,
    /// Ids of the calls that went through, by company.
    pub(crate) answered: Vec<(usize, String)>,
    pub(crate) errors: Vec<String>,
    pub(crate) asked_rate: u32,
    /// From the first arrival to the last hang-up.
    pub(crate) took: Duration,
    pub(crate) latencies: Latencies,
}

struct Played {
    company: usize,
    call: Result<String, String>,
    steps: Vec<(Step, Duration)>,
}

impl Run {
    /// Plays all calls, to each number in turn.
    pub(crate) async fn play(self, edge: Edge, numbers: Vec<String>) -> anyhow::Result<Outcome> {
        let total = u64::from(self.rate) * self.span.as_secs();
        let bar = ProgressBar::new(total).with_style(ProgressStyle::with_template(
            "{elapsed_precise} {wide_bar} {pos}/{len} calls {per_sec}",
        )?);
        let (played, mut results) = mpsc::unbounded_channel();
        let began = Clock::system().now();
        let start = Instant::now();
        let callers = tokio::spawn(self.arrivals(edge, numbers, total, played));
        let mut outcome = Outcome {
            began,
            answered: Vec::new(),
            errors: Vec::new(),
            asked_rate: self.rate,
            took: Duration::ZERO,
            latencies: Latencies::default(),
        };
        while let Some(Played {
            company,
            call,
            steps,
        }) = results.recv().await
        {
            bar.inc(1);
            match call {
                Ok(id) => outcome.answered.push((company, id)),
                Err(error) => outcome.errors.push(error),
            }
            steps
                .into_iter()
                .for_each(|(step, took)| outcome.latencies.record(step, took));
        }
        outcome.took = start.elapsed();
        callers.await?;
        bar.finish_and_clear();
        Ok(outcome)
    }

    /// Starts every call at its time; none waits for another.
    async fn arrivals(
        self,
        edge: Edge,
        numbers: Vec<String>,
        total: u64,
        played: mpsc::UnboundedSender<Played>,
    ) {
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / self.rate);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for (_, company) in (0..total).zip((0..numbers.len()).cycle()) {
            ticks.tick().await;
            let (edge, dialled, played) = (edge.clone(), numbers[company].clone(), played.clone());
            let talk = self.talk;
            tokio::spawn(async move {
                let mut steps = Vec::with_capacity(6);
                let call = one_call(&edge, &dialled, talk, &mut steps).await;
                let call = call.map_err(|error| error.to_string());
                // The receiver lives until the last sender is gone.
                let _ = played.send(Played {
                    company,
                    call,
                    steps,
                });
            });
        }
    }
}

async fn one_call(
    edge: &Edge,
    dialled: &str,
    talk: Duration,
    steps: &mut Vec<(Step, Duration)>,
) -> Result<String, EdgeError> {
    let arrived = Instant::now();
    let mut line = edge.dial("+4930901820", dialled).await?;
    steps.push((Step::ReportArrival, arrived.elapsed()));
    let ring = line.ring().await?;
    steps.push((Step::ArrivalToRing, arrived.elapsed()));
    let ringing = Instant::now();
    line.ringing(&ring.leg_id).await?;
    steps.push((Step::ReportRinging, ringing.elapsed()));
    let picked_up = Instant::now();
    let connected = line.answer(&ring).await?;
    steps.push((Step::ReportAnswer, picked_up.elapsed()));
    if !connected {
        line.put_down(&ring.leg_id, HangupCause::Normal).await?;
    }
    line.connect().await?;
    steps.push((Step::AnswerToConnect, picked_up.elapsed()));
    tokio::time::sleep(talk).await;
    let hung_up = Instant::now();
    line.hang_up().await?;
    steps.push((Step::ReportHangup, hung_up.elapsed()));
    Ok(line.call_id().to_owned())
}
