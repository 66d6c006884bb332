//! One call to one endpoint, and whether it may be repeated.

use std::error::Error;

use bytes::Bytes;
use fault::Fault;
use http::{HeaderMap, Request, Response, Uri, Version};
use http_body_util::{BodyExt as _, Full};
use tonic::body::Body;
use tonic::{Code, ConnectError, Status, TimeoutExpired};
use tower::{Service as _, ServiceExt as _};

use super::pool::{Endpoint, Pool};
use crate::deadline;

/// What is sent, kept so that it can be sent again.
pub(super) struct Outgoing {
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Payload,
}

pub(super) enum Payload {
    /// A single message: small, and can be sent any number of times.
    Whole(Bytes),
    /// A client stream: sent once.
    Stream(Option<Body>),
}

impl Payload {
    pub(super) async fn of(body: Body, streams: bool) -> Result<Self, Status> {
        match streams {
            true => Ok(Self::Stream(Some(body))),
            false => Ok(Self::Whole(body.collect().await?.to_bytes())),
        }
    }

    fn take(&mut self) -> Option<Body> {
        match self {
            Self::Whole(bytes) => Some(Body::new(Full::new(bytes.clone()))),
            Self::Stream(body) => body.take(),
        }
    }

    pub(super) fn can_repeat(&self) -> bool {
        matches!(self, Self::Whole(_))
    }
}

/// A failed attempt.
pub(super) struct Failure {
    pub(super) status: Status,
    /// Whether the server cannot have seen the request.
    pub(super) never_sent: bool,
    /// Whether the connection failed, not the handler behind it: then the
    /// status holds transport detail that no client may see.
    pub(super) lost: Option<String>,
}

impl Failure {
    /// What the caller is told once nothing more is tried.
    pub(super) fn into_status(self, peer: &'static str) -> Status {
        match self.lost {
            Some(cause) => Fault::lost(peer, cause).into(),
            None => self.status,
        }
    }

    /// Whether another attempt is harmless and may help. tonic reports a
    /// connection that broke as UNKNOWN first and as UNAVAILABLE later.
    pub(super) fn is_transient(&self, idempotent: bool) -> bool {
        self.never_sent
            || (idempotent && matches!(self.status.code(), Code::Unavailable | Code::Unknown))
    }
}

/// Sends the request to `endpoint` and tells the pool how it went.
pub(super) async fn send(
    pool: &Pool,
    endpoint: &Endpoint,
    outgoing: &mut Outgoing,
) -> Result<Response<Body>, Failure> {
    let body = outgoing.body.take().ok_or_else(|| Failure {
        status: Status::internal("a stream was about to be sent twice"),
        never_sent: false,
        lost: None,
    })?;
    let mut request = Request::new(body);
    *request.method_mut() = http::Method::POST;
    *request.version_mut() = Version::HTTP_2;
    *request.uri_mut() = outgoing.uri.clone();
    *request.headers_mut() = outgoing.headers.clone();

    let mut channel = endpoint.channel.clone();
    let answer = async { channel.ready().await?.call(request).await }.await;
    match answer {
        // The deadline says something about the request, not about the endpoint.
        Err(error) if has_cause::<TimeoutExpired>(&error) => Err(Failure {
            status: deadline::passed().into(),
            never_sent: false,
            lost: None,
        }),
        Err(error) => {
            pool.failed(endpoint);
            let never_sent = has_cause::<ConnectError>(&error);
            let status = Status::from_error(error.into());
            Err(Failure {
                never_sent,
                lost: Some(format!("{}: {}", endpoint.name, status.message())),
                status,
            })
        }
        Ok(response) => match Status::from_header_map(response.headers()) {
            Some(status) if status.code() == Code::Unavailable => {
                // A replica that is draining, or has lost its store.
                pool.failed(endpoint);
                Err(Failure {
                    status,
                    never_sent: false,
                    lost: None,
                })
            }
            _ => {
                pool.worked(endpoint);
                Ok(response)
            }
        },
    }
}

fn has_cause<E: Error + 'static>(error: &tonic::transport::Error) -> bool {
    let mut next = error.source();
    while let Some(cause) = next {
        if cause.is::<E>() {
            return true;
        }
        next = cause.source();
    }
    false
}
