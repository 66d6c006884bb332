//! The layers, one per file, and the plumbing they share.

pub(crate) mod authenticate;
pub(crate) mod authorize;
pub(crate) mod deadline;
pub(crate) mod limit;
pub(crate) mod metrics;
pub(crate) mod trace;

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};

/// What a layer does with a request: answer it, or pass it on to `next` and
/// look at the answer.
pub(crate) trait Step: Clone + Send + Sync + 'static {
    fn handle<S: Handler>(
        &self,
        request: Request<Body>,
        next: Next<S>,
    ) -> impl Future<Output = Response<Body>> + Send;
}

/// The rest of the stack.
pub(crate) trait Handler:
    Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
    + Clone
    + Send
    + 'static
{
}

impl<S> Handler for S where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static
{
}

/// The rest of the stack, to be run at most once.
pub(crate) struct Next<S>(S);

impl<S: Handler> Next<S> {
    pub(crate) async fn run(mut self, request: Request<Body>) -> Response<Body> {
        match self.0.call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

/// Makes a [`Step`] a tower layer.
#[derive(Debug, Clone)]
pub(crate) struct StepLayer<T>(pub(crate) T);

impl<T: Step, S> Layer<S> for StepLayer<T> {
    type Service = StepService<T, S>;

    fn layer(&self, inner: S) -> Self::Service {
        StepService {
            step: self.0.clone(),
            inner,
        }
    }
}

/// A [`Step`] around a service.
#[derive(Debug, Clone)]
pub(crate) struct StepService<T, S> {
    step: T,
    inner: S,
}

impl<T: Step, S: Handler> Service<Request<Body>> for StepService<T, S> {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        // The clone was not polled ready; the one that was must be called.
        let clone = self.inner.clone();
        let next = Next(std::mem::replace(&mut self.inner, clone));
        let step = self.step.clone();
        Box::pin(async move { Ok(step.handle(request, next).await) })
    }
}

/// The answer that refuses a request before its handler.
pub(crate) fn refuse(fault: fault::Fault) -> Response<Body> {
    Status::from(fault).into_http()
}
