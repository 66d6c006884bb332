use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;

use http::{Request, Response};
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::RoutesBuilder;

use crate::BoxError;

pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What a service serves and runs, as its `build` returns it.
#[derive(Default)]
pub struct Service {
    pub(crate) routes: RoutesBuilder,
    pub(crate) names: Vec<&'static str>,
    pub(crate) tasks: Vec<Task>,
    pub(crate) probes: Vec<Probe>,
}

pub(crate) struct Task {
    pub(crate) name: &'static str,
    pub(crate) work: BoxFuture<Result<(), BoxError>>,
}

pub(crate) struct Probe {
    pub(crate) name: &'static str,
    pub(crate) ask: Box<dyn Fn() -> BoxFuture<Result<(), BoxError>> + Send + Sync>,
}

impl Service {
    /// Serves nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Serves a generated gRPC server. Layers and limits come by themselves.
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "as in every tonic builder; nobody adds servers with a plus sign"
    )]
    pub fn add<S>(mut self, server: S) -> Self
    where
        S: tower::Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.names.push(S::NAME);
        self.routes.add_service(server);
        self
    }

    /// Runs `work` beside the requests. It ends when `Context::drain` is
    /// cancelled; if it fails or panics before, the process stops.
    #[must_use]
    pub fn task(
        mut self,
        name: &'static str,
        work: impl Future<Output = Result<(), BoxError>> + Send + 'static,
    ) -> Self {
        self.tasks.push(Task {
            name,
            work: Box::pin(work),
        });
        self
    }

    /// Asks each second whether something this service cannot work without is
    /// there. As long as it fails, or takes a second, the service is
    /// NOT_SERVING.
    #[must_use]
    pub fn probe<F>(
        mut self,
        name: &'static str,
        ask: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.probes.push(Probe {
            name,
            ask: Box::new(move || Box::pin(ask())),
        });
        self
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tasks: Vec<_> = self.tasks.iter().map(|task| task.name).collect();
        let probes: Vec<_> = self.probes.iter().map(|probe| probe.name).collect();
        f.debug_struct("Service")
            .field("names", &self.names)
            .field("tasks", &tasks)
            .field("probes", &probes)
            .finish()
    }
}
