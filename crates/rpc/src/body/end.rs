//! Streams that end when they should, not when their source does.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body::Frame;
use tonic::Status;
use tonic::body::Body;

/// Ends the answer with the status that `end` gives, unless it ends before.
/// Only between messages: tonic hands over whole ones.
pub(crate) fn end_at(
    response: Response<Body>,
    end: impl Future<Output = Status> + Send + 'static,
) -> Response<Body> {
    if Status::from_header_map(response.headers()).is_some() {
        return response;
    }
    response.map(|inner| {
        Body::new(Ending {
            inner,
            end: Some(Box::pin(end)),
        })
    })
}

struct Ending {
    inner: Body,
    /// `None` once it has ended the stream.
    end: Option<Pin<Box<dyn Future<Output = Status> + Send>>>,
}

impl http_body::Body for Ending {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Some(end) = self.end.as_mut() else {
            return Poll::Ready(None);
        };
        // First, because a source that is always ready would never let it in.
        if let Poll::Ready(status) = end.as_mut().poll(cx) {
            self.end = None;
            self.inner = Body::empty();
            let mut trailers = HeaderMap::new();
            return Poll::Ready(Some(
                status
                    .add_header(&mut trailers)
                    .map(|()| Frame::trailers(trailers)),
            ));
        }
        Pin::new(&mut self.inner).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.end.is_none() || self.inner.is_end_stream()
    }
}
