//! The real outcome of a call. gRPC writes it into the headers when there is
//! no answer and into the trailers otherwise, so a layer that only looks at
//! headers takes every failed stream for a success.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body::{Frame, SizeHint};
use tonic::body::Body;
use tonic::{Code, Status};
use tracing::Span;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcome(Code);

impl Outcome {
    /// The code's name in the gRPC specification.
    pub(crate) fn name(self) -> &'static str {
        match self.0 {
            Code::Ok => "OK",
            Code::Cancelled => "CANCELLED",
            Code::Unknown => "UNKNOWN",
            Code::InvalidArgument => "INVALID_ARGUMENT",
            Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Code::NotFound => "NOT_FOUND",
            Code::AlreadyExists => "ALREADY_EXISTS",
            Code::PermissionDenied => "PERMISSION_DENIED",
            Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
            Code::FailedPrecondition => "FAILED_PRECONDITION",
            Code::Aborted => "ABORTED",
            Code::OutOfRange => "OUT_OF_RANGE",
            Code::Unimplemented => "UNIMPLEMENTED",
            Code::Internal => "INTERNAL",
            Code::Unavailable => "UNAVAILABLE",
            Code::DataLoss => "DATA_LOSS",
            Code::Unauthenticated => "UNAUTHENTICATED",
        }
    }

    /// Whether the server failed, rather than the request (OpenTelemetry's
    /// convention for server spans).
    pub(crate) fn is_ours(self) -> bool {
        matches!(
            self.0,
            Code::Unknown
                | Code::DeadlineExceeded
                | Code::Unimplemented
                | Code::Internal
                | Code::Unavailable
                | Code::DataLoss
        )
    }
}

/// Calls `done` once: when the answer has ended, or was given up.
pub(crate) fn observe(
    response: Response<Body>,
    span: Span,
    done: impl FnOnce(Outcome) + Send + 'static,
) -> Response<Body> {
    if let Some(status) = Status::from_header_map(response.headers()) {
        done(Outcome(status.code()));
        return response;
    }
    response.map(|inner| {
        Body::new(Observed {
            inner,
            span,
            done: Some(Box::new(done)),
        })
    })
}

struct Observed {
    inner: Body,
    span: Span,
    done: Option<Box<dyn FnOnce(Outcome) + Send>>,
}

impl Observed {
    fn finish(&mut self, code: Code) {
        if let Some(done) = self.done.take() {
            done(Outcome(code));
        }
    }
}

impl http_body::Body for Observed {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = {
            let this = &mut *self;
            let _inside = this.span.enter();
            ready!(Pin::new(&mut this.inner).poll_frame(cx))
        };
        match &frame {
            Some(Ok(frame)) => {
                if let Some(trailers) = frame.trailers_ref() {
                    self.finish(code(trailers));
                }
            }
            Some(Err(status)) => {
                let code = status.code();
                self.finish(code);
            }
            None => self.finish(Code::Unknown),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for Observed {
    /// Dropped before its trailers: the caller went away.
    fn drop(&mut self) {
        self.finish(Code::Cancelled);
    }
}

fn code(trailers: &HeaderMap) -> Code {
    Status::from_header_map(trailers).map_or(Code::Unknown, |status| status.code())
}
