//! Free loopback ports.

use std::net::{Ipv4Addr, TcpListener};

use crate::error::SandboxError;

/// A port nobody listens on right now.
///
/// Somebody may take it before the server does; callers start again with
/// another one when that happens.
pub(crate) fn free() -> Result<u16, SandboxError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(SandboxError::io("find a free port on", "127.0.0.1"))
}
