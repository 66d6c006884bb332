//! TLS from files; every path empty means plain text.

use std::path::PathBuf;

use serde::Deserialize;
use tonic::transport::{Certificate, ClientTlsConfig, Identity, ServerTlsConfig};

/// Paths to PEM files, the same three for servers and for clients.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Own certificate chain. Servers need it; clients for mTLS.
    pub cert: PathBuf,
    /// Own private key.
    pub key: PathBuf,
    /// Who signs the other side's certificate. In a server it turns mTLS on.
    pub ca: PathBuf,
}

/// A TLS setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file that cannot be read.
    #[error("tls.{key}: {path}: {source}")]
    File {
        /// Which setting.
        key: &'static str,
        /// The path it names.
        path: String,
        /// Why it cannot be read.
        source: std::io::Error,
    },
    /// One of a pair.
    #[error("tls.{0}: must be set together with its counterpart")]
    Pair(&'static str),
}

impl Config {
    pub(crate) fn server(&self) -> Result<Option<ServerTlsConfig>, Error> {
        let Some(identity) = self.identity()? else {
            return match self.ca.as_os_str().is_empty() {
                true => Ok(None),
                false => Err(Error::Pair("cert")),
            };
        };
        let mut tls = ServerTlsConfig::new().identity(identity);
        if let Some(ca) = read("ca", &self.ca)? {
            tls = tls.client_ca_root(Certificate::from_pem(ca));
        }
        Ok(Some(tls))
    }

    pub(crate) fn client(&self) -> Result<Option<ClientTlsConfig>, Error> {
        let identity = self.identity()?;
        let Some(ca) = read("ca", &self.ca)? else {
            return match identity {
                Some(_) => Err(Error::Pair("ca")),
                None => Ok(None),
            };
        };
        let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(ca));
        if let Some(identity) = identity {
            tls = tls.identity(identity);
        }
        Ok(Some(tls))
    }

    fn identity(&self) -> Result<Option<Identity>, Error> {
        match (read("cert", &self.cert)?, read("key", &self.key)?) {
            (Some(cert), Some(key)) => Ok(Some(Identity::from_pem(cert, key))),
            (None, None) => Ok(None),
            (Some(_), None) => Err(Error::Pair("key")),
            (None, Some(_)) => Err(Error::Pair("cert")),
        }
    }
}

fn read(key: &'static str, path: &PathBuf) -> Result<Option<Vec<u8>>, Error> {
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    std::fs::read(path).map(Some).map_err(|source| Error::File {
        key,
        path: path.display().to_string(),
        source,
    })
}
