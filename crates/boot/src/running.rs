use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::health::Health;
use crate::section;
use crate::service::{BoxFuture, Probe, Task};

/// A service that runs in this process. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct Running {
    service: &'static str,
    /// Where it answers, with the port it got.
    pub addr: SocketAddr,
    config: section::Server,
    serving: Option<JoinHandle<Result<(), rpc::server::Error>>>,
    drain: CancellationToken,
    tasks: TaskTracker,
    ready: CancellationToken,
    alarm: Alarm,
}

/// What a service is made of when it starts to run.
pub(crate) struct Parts {
    pub(crate) service: &'static str,
    pub(crate) address: SocketAddr,
    pub(crate) config: section::Server,
    pub(crate) serving: BoxFuture<Result<(), rpc::server::Error>>,
    pub(crate) health: Health,
    pub(crate) probes: Vec<Probe>,
    pub(crate) work: Vec<Task>,
    pub(crate) drain: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

/// Told by the first part that fails; the others follow from it.
#[derive(Debug, Clone, Default)]
struct Alarm {
    /// Cancelled before the drain begins, to be NOT_SERVING first.
    leave: CancellationToken,
    broken: CancellationToken,
    problem: Arc<OnceLock<String>>,
}

impl Alarm {
    fn raise(&self, part: &str, problem: &str) {
        tracing::error!(part, problem, "the service cannot go on");
        // Only the first is the cause.
        let _ = self.problem.set(format!("{part}: {problem}"));
        self.leave.cancel();
        self.broken.cancel();
    }
}

impl Running {
    pub(crate) fn begin(parts: Parts) -> Self {
        let alarm = Alarm::default();
        let ready = CancellationToken::new();
        parts.tasks.spawn(
            parts
                .health
                .follow(parts.probes, ready.clone(), alarm.leave.clone()),
        );
        for task in parts.work {
            watch(task, &parts.tasks, alarm.clone());
        }
        let (bell, drain) = (alarm.clone(), parts.drain.clone());
        let serving = tokio::spawn(async move {
            let served = parts.serving.await;
            if let Err(error) = &served
                && !drain.is_cancelled()
            {
                bell.raise("server", &error.to_string());
            }
            served
        });
        tracing::info!(service = parts.service, addr = %parts.address, "listening");
        Self {
            service: parts.service,
            addr: parts.address,
            config: parts.config,
            serving: Some(serving),
            drain: parts.drain,
            tasks: parts.tasks,
            ready,
            alarm,
        }
    }

    /// Waits until every probe has passed once.
    pub async fn ready(&self) {
        self.ready.cancelled().await;
    }

    /// Waits until a task or the server has failed, which ought to end the
    /// process. The service is NOT_SERVING by then.
    pub async fn broken(&self) -> String {
        self.alarm.broken.cancelled().await;
        self.alarm.problem.get().cloned().unwrap_or_default()
    }

    /// `http://…` to reach it from this machine.
    pub fn uri(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// NOT_SERVING → drain with a deadline. Returns when nothing runs any more
    /// or the deadline has passed; in that case the error says what was cut.
    ///
    /// # Errors
    /// What the server reported, or that work was dropped.
    pub async fn shutdown(mut self) -> Result<(), rpc::server::Error> {
        tracing::info!(service = self.service, "stopping");
        self.alarm.leave.cancel();
        tokio::time::sleep(Duration::from_millis(self.config.leave_ms)).await;
        self.drain.cancel();
        self.tasks.close();
        let limit = Duration::from_secs(self.config.drain_seconds);
        let finish = async {
            let served = match self.serving.take() {
                Some(serving) => serving.await.unwrap_or(Ok(())),
                None => Ok(()),
            };
            self.tasks.wait().await;
            served
        };
        // A little more than the server's own limit, which names the cause.
        tokio::time::timeout(limit + Duration::from_millis(500), finish)
            .await
            .unwrap_or(Err(rpc::server::Error::Drain(limit)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.alarm.leave.cancel();
        self.drain.cancel();
    }
}

/// Runs a task, and raises the alarm if it fails or panics.
fn watch(task: Task, tasks: &TaskTracker, alarm: Alarm) {
    let handle = tokio::spawn(task.work);
    tasks.spawn(async move {
        let problem = match handle.await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        alarm.raise(&format!("task {}", task.name), &problem);
    });
}
