//! A limit on each gRPC message, by the length its five-byte prefix announces:
//! an oversized message is refused before it is read.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use api::access::v1::ErrorReason;
use bytes::Bytes;
use fault::Fault;
use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;

const PREFIX: usize = 5;

/// Refuses messages of more than `limit` bytes with RESOURCE_EXHAUSTED.
pub(crate) fn limit_messages(body: Body, limit: usize) -> Body {
    Body::new(Limited {
        inner: body,
        frames: Frames::new(limit),
    })
}

struct Limited {
    inner: Body,
    frames: Frames,
}

impl http_body::Body for Limited {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
            && let Err(fault) = self.frames.pass(data)
        {
            self.inner = Body::empty();
            return Poll::Ready(Some(Err(fault.into())));
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

/// Where in the sequence of prefixes and messages the bytes are.
struct Frames {
    limit: usize,
    prefix: [u8; PREFIX],
    prefix_read: usize,
    message_left: usize,
}

impl Frames {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            prefix: [0; PREFIX],
            prefix_read: 0,
            message_left: 0,
        }
    }

    fn pass(&mut self, mut data: &[u8]) -> Result<(), Fault> {
        while !data.is_empty() {
            if self.message_left > 0 {
                let skipped = self.message_left.min(data.len());
                self.message_left -= skipped;
                data = &data[skipped..];
                continue;
            }
            let taken = (PREFIX - self.prefix_read).min(data.len());
            self.prefix[self.prefix_read..][..taken].copy_from_slice(&data[..taken]);
            self.prefix_read += taken;
            data = &data[taken..];
            if self.prefix_read == PREFIX {
                self.prefix_read = 0;
                let [_compressed, length @ ..] = self.prefix;
                self.message_left = u32::from_be_bytes(length) as usize;
                if self.message_left > self.limit {
                    return Err(Fault::exhausted(
                        ErrorReason::RequestTooLarge,
                        format!("the request may have {} bytes at most", self.limit),
                    )
                    .with("limit_bytes", self.limit));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(length: usize) -> Vec<u8> {
        let mut bytes = vec![0];
        bytes.extend(u32::try_from(length).unwrap().to_be_bytes());
        bytes.extend(std::iter::repeat_n(7, length));
        bytes
    }

    /// However the network cuts it.
    #[test]
    fn the_limit_is_exact_for_every_way_to_cut() {
        let stream = [message(0), message(10), message(3), message(10)].concat();
        let over = [message(10), message(11)].concat();
        for chunk in 1..=stream.len() {
            let mut frames = Frames::new(10);
            assert!(
                stream.chunks(chunk).all(|data| frames.pass(data).is_ok()),
                "{chunk}"
            );
            let mut frames = Frames::new(10);
            assert!(
                over.chunks(chunk).any(|data| frames.pass(data).is_err()),
                "{chunk}"
            );
        }
    }

    #[test]
    fn an_announced_gigabyte_is_refused_by_its_prefix() {
        assert!(Frames::new(1024).pass(&[0, 0x40, 0, 0, 0]).is_err());
    }
}
