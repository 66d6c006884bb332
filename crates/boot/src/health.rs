//! Health that follows what the service stands on, both ways.

use std::time::Duration;

use futures::future::join_all;
use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::service::Probe;

/// Between two looks, and how long each may take.
const PERIOD: Duration = Duration::from_secs(1);

/// Sets the status of the process (`""`) and of each gRPC service it serves.
#[derive(Clone)]
pub(crate) struct Health {
    reporter: HealthReporter,
    names: Vec<&'static str>,
}

impl Health {
    pub(crate) fn new(reporter: HealthReporter, names: Vec<&'static str>) -> Self {
        Self { reporter, names }
    }

    pub(crate) async fn set(&self, serving: bool) {
        let status = match serving {
            true => ServingStatus::Serving,
            false => ServingStatus::NotServing,
        };
        self.reporter.set_service_status("", status).await;
        for name in &self.names {
            self.reporter.set_service_status(name, status).await;
        }
    }

    /// Runs the probes each second until `stop`, and leaves NOT_SERVING
    /// behind. `ready` is cancelled when they first pass together.
    pub(crate) async fn follow(
        self,
        probes: Vec<Probe>,
        ready: CancellationToken,
        stop: CancellationToken,
    ) {
        let watch = async {
            let mut known: Option<Vec<String>> = None;
            loop {
                let problems = ask_all(&probes).await;
                let well = problems.is_empty();
                // Told when it changes, not each second that it lasts.
                if known.as_ref() != Some(&problems) {
                    self.set(well).await;
                    match well {
                        true => tracing::info!("serving"),
                        false => tracing::warn!(problems = problems.join("; "), "not serving"),
                    }
                    known = Some(problems);
                }
                if well {
                    ready.cancel();
                }
                tokio::time::sleep(PERIOD).await;
            }
        };
        stop.run_until_cancelled(watch).await;
        self.set(false).await;
    }
}

/// What is wrong; empty when all is well.
async fn ask_all(probes: &[Probe]) -> Vec<String> {
    let answers = probes.iter().map(|probe| async {
        match tokio::time::timeout(PERIOD, (probe.ask)()).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(format!("{}: {error}", probe.name)),
            Err(_) => Some(format!("{}: no answer within {PERIOD:?}", probe.name)),
        }
    });
    join_all(answers).await.into_iter().flatten().collect()
}
