use std::net::SocketAddr;

use serde::Deserialize;

use crate::tls;

/// The `[server]` section of every service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Seconds that running requests get when the process stops.
    pub drain_seconds: u64,
    /// Milliseconds between reporting NOT_SERVING and refusing connections, so
    /// that load balancers look elsewhere first.
    pub leave_ms: u64,
    /// Requests worked on at once in this process; more are refused.
    pub max_in_flight: usize,
    /// Requests and streams at once on one connection.
    pub max_streams_per_connection: u32,
    /// Bytes of all headers of one request.
    pub max_header_bytes: u32,
    /// Seconds between pings on a silent connection.
    pub keepalive_seconds: u64,
    /// Seconds a ping may stay unanswered.
    pub keepalive_timeout_seconds: u64,
    /// Whether to serve reflection (grpcurl without protos).
    pub reflection: bool,
    /// TLS, and with `tls.ca` mTLS.
    pub tls: tls::Config,
}
