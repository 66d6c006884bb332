//! Calls without generated code: any bytes to any path with any headers.

use std::{
    net::Ipv4Addr,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use bytes::{Buf, BufMut, Bytes};
use http::uri::PathAndQuery;
use tokio::time::timeout;
use tonic::{
    Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    metadata::MetadataMap,
    transport::Endpoint,
};
use tonic_types::{ErrorInfo, StatusExt as _};

/// A stream that stays open this long was let in.
const STREAM_STAYS_OPEN: Duration = Duration::from_millis(300);
const PATIENCE: Duration = Duration::from_secs(15);

static NETWORKS: AtomicU32 = AtomicU32::new(0);

/// A request in the making.
#[derive(Debug, Clone, Default)]
pub(crate) struct Call {
    metadata: MetadataMap,
    body: Bytes,
}

impl Call {
    /// With nobody's token and an empty message, from a network of its own:
    /// guessing is slowed by network, and a thousand wrong tokens must not slow
    /// the tests next door.
    pub(crate) fn new() -> Self {
        let number = NETWORKS.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let address = Ipv4Addr::new(10, number[2], number[3], 1);
        Self::default().header("x-forwarded-for", &address.to_string())
    }

    /// With this `authorization`.
    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With one more header.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.metadata.append(name, value.parse().unwrap());
        self
    }

    /// With this encoded message.
    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The first message of the answer; empty when a stream stays silent. Over
    /// a connection of its own: a server that hangs up on nonsense hangs up on
    /// nobody else.
    pub(crate) async fn to(self, address: &str, path: &str) -> Result<Bytes, Status> {
        let channel = Endpoint::from_shared(address.to_owned())
            .unwrap()
            .connect_lazy();
        let mut client = Grpc::new(channel).max_decoding_message_size(64 << 20);
        client
            .ready()
            .await
            .map_err(|error| Status::unavailable(error.to_string()))?;
        let mut request = Request::new(self.body);
        *request.metadata_mut() = self.metadata;
        let path = PathAndQuery::try_from(path.to_owned()).unwrap();
        let call = async {
            let mut answers = client
                .server_streaming(request, path, Raw)
                .await?
                .into_inner();
            match timeout(STREAM_STAYS_OPEN, answers.message()).await {
                // A unary call has its answer when it has its headers.
                Err(_) => Ok(Bytes::new()),
                Ok(first) => Ok(first?.unwrap_or_default()),
            }
        };
        timeout(PATIENCE, call)
            .await
            .unwrap_or_else(|_| panic!("no answer within {PATIENCE:?}"))
    }
}

/// The reason a service gave; what else it said when it gave
/// none.
pub(crate) fn reason(status: &Status) -> String {
    match info(status) {
        Some(info) => info.reason,
        None => format!("{:?} without a reason: {}", status.code(), status.message()),
    }
}

/// The `google.rpc.ErrorInfo` of a status.
pub(crate) fn info(status: &Status) -> Option<ErrorInfo> {
    status.get_details_error_info()
}

#[derive(Debug, Clone, Copy)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
