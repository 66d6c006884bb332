use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::health::Health;
use crate::section;
use crate::service::{Probe, Task};

/// A service that runs in this process. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct Running {
    service: &'static str,
    /// Where it answers, with the port it got.
    pub addr: SocketAddr,
    config: section::Server,
    serving: Option<JoinHandle<Result<(), rpc::server::Error>>>,
    /// Cancelled before `drain`, to be NOT_SERVING first.
    leave: CancellationToken,
    drain: CancellationToken,
    tasks: TaskTracker,
    ready: CancellationToken,
    broken: CancellationToken,
    problem: Arc<OnceLock<String>>,
}

impl Running {
    #[expect(
        clippy::too_many_arguments,
        reason = "called once, by the only one who knows all of it"
    )]
    pub(crate) fn begin(
        service: &'static str,
        addr: SocketAddr,
        config: section::Server,
        serving: JoinHandle<Result<(), rpc::server::Error>>,
        health: Health,
        probes: Vec<Probe>,
        work: Vec<Task>,
        drain: CancellationToken,
        tasks: TaskTracker,
    ) -> Self {
        let running = Self {
            service,
            addr,
            config,
            serving: Some(serving),
            leave: CancellationToken::new(),
            drain,
            tasks,
            ready: CancellationToken::new(),
            broken: CancellationToken::new(),
            problem: Arc::default(),
        };
        running
            .tasks
            .spawn(health.follow(probes, running.ready.clone(), running.leave.clone()));
        for task in work {
            running.watch(task);
        }
        tracing::info!(service, %addr, "listening");
        running
    }

    /// Runs a task and stops the service if it fails.
    fn watch(&self, task: Task) {
        let (leave, broken) = (self.leave.clone(), self.broken.clone());
        let problem = self.problem.clone();
        let handle = tokio::spawn(task.work);
        let name = task.name;
        self.tasks.spawn(async move {
            let found = match handle.await {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error.to_string(),
                Err(error) => error.to_string(),
            };
            tracing::error!(task = name, problem = found, "a task failed");
            // The first one is the cause; the others follow from it.
            let _ = problem.set(format!("task {name}: {found}"));
            leave.cancel();
            broken.cancel();
        });
    }

    /// Waits until every probe has passed once.
    pub async fn ready(&self) {
        self.ready.cancelled().await;
    }

    /// Waits until a task has failed, which ought to end the process. The
    /// service is NOT_SERVING by then.
    pub async fn broken(&self) -> String {
        self.broken.cancelled().await;
        self.problem.get().cloned().unwrap_or_default()
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
        self.leave.cancel();
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
        self.leave.cancel();
        self.drain.cancel();
    }
}
