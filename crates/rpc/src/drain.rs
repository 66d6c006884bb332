//! Ending long streams when the server stops.

use std::future::Future;

use api::access::v1::ErrorReason;
use fault::Fault;
use futures::stream::{self, Stream, StreamExt as _};
use tokio_util::sync::CancellationToken;

/// What a caller is told when the server stops under it. It may go on with
/// another replica at once.
pub fn fault() -> Fault {
    Fault::unavailable(
        ErrorReason::Draining,
        "this replica is stopping; another will answer",
    )
}

/// `items` until `drain` is cancelled, then one last item (a resume token, a
/// goodbye), then the end.
///
/// Streams that carry a resume token in every item need none of this: the
/// server ends them by itself a second after drain begins.
pub fn until<T, F>(
    items: impl Stream<Item = T> + Send,
    drain: CancellationToken,
    last: impl FnOnce() -> F + Send,
) -> impl Stream<Item = T> + Send
where
    T: Send,
    F: Future<Output = T> + Send,
{
    let goodbye = stream::once(async move { last().await });
    items.take_until(drain.cancelled_owned()).chain(goodbye)
}
