//! A gRPC server with every layer and every limit in place.

mod config;

use std::net::SocketAddr;
use std::time::Duration;

use access::Verifier;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tower::ServiceBuilder;

use crate::client::keys::Keys;
use crate::layer::StepLayer;
use crate::layer::authenticate::Authenticate;
use crate::layer::authorize::Authorize;
use crate::layer::deadline::Deadline;
use crate::layer::limit::Limit;
use crate::layer::metrics::Metrics;
use crate::layer::trace::Trace;
use crate::method::Policies;
use crate::revocations::Revocations;
use crate::tls;

pub use config::Config;

/// Resets that a peer provokes by breaking the protocol, before the connection
/// is closed (rapid reset, CVE-2023-44487). hyper's default for servers is
/// none at all in tonic.
const LOCAL_ERROR_RESETS_MAX: usize = 100;
/// Streams a peer may open and reset before we accepted them.
const PENDING_RESETS_MAX: usize = 50;
/// A connection is closed when its TLS handshake takes longer.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// Why a server could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be had.
    #[error("server.listen: {address}: {source}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// A TLS file is missing or wrong.
    #[error("server.{0}")]
    Tls(#[from] tls::Error),
    /// The transport failed.
    #[error("the server failed")]
    Transport(#[from] tonic::transport::Error),
    /// Requests were still running when the drain deadline passed.
    #[error("drain: requests were still running after {0:?} and were dropped")]
    Drain(Duration),
}

/// Everything around the handlers of one service.
pub struct Server {
    /// The service's name, for spans and metrics.
    pub service: &'static str,
    /// Limits and TLS.
    pub config: Config,
    /// Verifies tokens.
    pub verifier: Verifier,
    /// Fetches keys that the verifier does not know; `None` where somebody
    /// else keeps the verifier up to date.
    pub keys: Option<Keys>,
    /// Which tokens are refused before they expire; `None` in tests that
    /// revoke nothing.
    pub revocations: Option<Revocations>,
    /// Where policies are looked up.
    pub policies: Policies,
    /// Cancelled when the process stops.
    pub drain: CancellationToken,
}

/// Takes the address, and looks at the TLS files, before anything says that the
/// service is ready.
///
/// # Errors
/// [`Error::Bind`] or [`Error::Tls`] naming the setting.
pub async fn bind(config: &Config) -> Result<TcpListener, Error> {
    config.tls.server()?;
    let address = config.listen;
    TcpListener::bind(address)
        .await
        .map_err(|source| Error::Bind { address, source })
}

impl Server {
    /// Serves `routes` until `drain` is cancelled and the running requests have
    /// ended, or the drain deadline has passed.
    ///
    /// # Errors
    /// [`Error`]; `Drain` means that work was cut off.
    pub async fn serve(self, listener: TcpListener, routes: Routes) -> Result<(), Error> {
        let config = self.config;
        let layers = ServiceBuilder::new()
            .layer(StepLayer(Trace {
                service: self.service,
                policies: self.policies,
            }))
            .layer(StepLayer(Metrics::new(self.service)))
            .layer(StepLayer(Deadline {
                drain: self.drain.clone(),
            }))
            .layer(StepLayer(Authenticate {
                verifier: self.verifier,
                keys: self.keys,
                revocations: self.revocations,
            }))
            .layer(StepLayer(Authorize))
            .layer(StepLayer(Limit::new(config.max_in_flight)))
            .into_inner();
        let mut server = tonic::transport::Server::builder()
            .max_concurrent_streams(config.max_streams_per_connection)
            .http2_max_local_error_reset_streams(Some(LOCAL_ERROR_RESETS_MAX))
            .http2_max_pending_accept_reset_streams(Some(PENDING_RESETS_MAX))
            .http2_max_header_list_size(config.max_header_bytes)
            .http2_keepalive_interval(Some(Duration::from_secs(config.keepalive_seconds.max(1))))
            .http2_keepalive_timeout(Some(Duration::from_secs(
                config.keepalive_timeout_seconds.max(1),
            )))
            .layer(layers);
        if let Some(tls) = config.tls.server()? {
            server = server.tls_config(tls.timeout(HANDSHAKE))?;
        }
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let drain = self.drain;
        let serving =
            server.serve_with_incoming_shutdown(routes.prepare(), incoming, drain.cancelled());
        // tonic waits for running requests without end.
        let limit = Duration::from_secs(config.drain_seconds);
        let late = async {
            drain.cancelled().await;
            tokio::time::sleep(limit).await;
        };
        tokio::select! {
            served = serving => Ok(served?),
            () = late => Err(Error::Drain(limit)),
        }
    }
}
