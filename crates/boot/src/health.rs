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
            let mut serving = None;
            loop {
                let well = ask_all(&probes).await;
                if serving != Some(well) {
                    serving = Some(well);
                    self.set(well).await;
                    match well {
                        true => tracing::info!("serving"),
                        false => tracing::warn!("not serving"),
                    }
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

async fn ask_all(probes: &[Probe]) -> bool {
    let answers = probes.iter().map(|probe| async {
        let problem = match tokio::time::timeout(PERIOD, (probe.ask)()).await {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {PERIOD:?}"),
        };
        tracing::warn!(probe = probe.name, problem, "a dependency is gone");
        false
    });
    join_all(answers).await.into_iter().all(|well| well)
}
