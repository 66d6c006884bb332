//! From addresses in the configuration to endpoints: one per IP address that a
//! host name has, looked up again in the background.

use std::net::IpAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use http::Uri;
use tonic::transport::{ClientTlsConfig, Endpoint as Builder};

use super::config::Config;
use super::peer::Error;
use super::pool::{Endpoint, Pool};

/// How to connect to whatever a name turns out to be.
pub(super) struct Resolver {
    targets: Vec<Target>,
    connect_timeout: Duration,
    keepalive: Duration,
    interval: Duration,
    tls: Option<ClientTlsConfig>,
}

struct Target {
    secure: bool,
    host: String,
    port: u16,
}

impl Resolver {
    pub(super) fn new(name: &'static str, config: &Config) -> Result<Self, Error> {
        let addresses = &config.addresses.0;
        if addresses.is_empty() {
            return Err(Error::address(name, "", "at least one is needed"));
        }
        let targets: Result<Vec<Target>, Error> = addresses
            .iter()
            .map(|address| Target::parse(name, address))
            .collect();
        let tls = config
            .tls
            .client()
            .map_err(|source| Error::Tls { name, source })?;
        let targets = targets?;
        if tls.is_none() && targets.iter().any(|target| target.secure) {
            return Err(Error::address(name, "https://", "tls.ca must be set too"));
        }
        Ok(Self {
            targets,
            connect_timeout: Duration::from_millis(config.connect_timeout_ms.max(1)),
            keepalive: Duration::from_secs(config.keepalive_seconds.max(1)),
            interval: Duration::from_secs(config.resolve_seconds.max(1)),
            tls,
        })
    }

    /// Endpoints by name, before anything was looked up: the connector resolves
    /// them when first used, so that nothing waits for DNS to start.
    pub(super) fn by_name(&self) -> Result<Vec<Arc<Endpoint>>, tonic::transport::Error> {
        self.targets
            .iter()
            .map(|target| self.endpoint(target, &target.host))
            .collect()
    }

    /// Keeps `pool` in step with DNS for as long as it is in use. Returns at
    /// once if every address is an IP address.
    pub(super) async fn run(self, pool: Weak<Pool>) {
        if self.targets.iter().all(Target::is_address) {
            return;
        }
        loop {
            let found = self.look_up().await;
            let Some(pool) = pool.upgrade() else {
                return;
            };
            if let Some(endpoints) = found.and_then(|hosts| self.merge(&pool, &hosts)) {
                pool.replace(endpoints);
            }
            drop(pool);
            tokio::time::sleep(self.interval).await;
        }
    }

    /// What every name stands for now; `None` if any cannot be resolved, and
    /// then the pool stays as it is.
    async fn look_up(&self) -> Option<Vec<(&Target, String)>> {
        let mut found = Vec::new();
        for target in &self.targets {
            match tokio::net::lookup_host((target.host.as_str(), target.port)).await {
                Ok(addresses) => {
                    found.extend(addresses.map(|address| (target, address.ip().to_string())));
                }
                Err(error) => {
                    tracing::warn!(host = target.host, %error, "cannot resolve a peer");
                    return None;
                }
            }
        }
        Some(found)
    }

    /// The endpoints for these hosts, keeping the connections there are.
    fn merge(&self, pool: &Pool, hosts: &[(&Target, String)]) -> Option<Vec<Arc<Endpoint>>> {
        let current = pool.endpoints();
        let mut endpoints: Vec<Arc<Endpoint>> = Vec::new();
        for (target, host) in hosts {
            let name = target.uri(host);
            if endpoints.iter().any(|endpoint| endpoint.name == name) {
                continue;
            }
            match current.iter().find(|endpoint| endpoint.name == name) {
                Some(endpoint) => endpoints.push(endpoint.clone()),
                None => endpoints.push(self.endpoint(target, host).ok()?),
            }
        }
        (!endpoints.is_empty()).then_some(endpoints)
    }

    fn endpoint(
        &self,
        target: &Target,
        host: &str,
    ) -> Result<Arc<Endpoint>, tonic::transport::Error> {
        let name = target.uri(host);
        let mut builder = Builder::from_shared(name.clone())?
            .connect_timeout(self.connect_timeout)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(self.keepalive)
            .keep_alive_timeout(self.keepalive)
            .keep_alive_while_idle(true);
        if let Some(tls) = self.tls.clone().filter(|_| target.secure) {
            // The certificate names the host, not the address behind it.
            builder = builder.tls_config(tls.domain_name(target.host.clone()))?;
        }
        Ok(Arc::new(Endpoint::new(name, builder.connect_lazy())))
    }
}

impl Target {
    fn parse(name: &'static str, address: &str) -> Result<Self, Error> {
        let wrong = |why| Error::address(name, address, why);
        let uri: Uri = address.parse().map_err(|_| wrong("not a URI"))?;
        let secure = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(wrong("must begin with http:// or https://")),
        };
        Ok(Self {
            secure,
            host: uri.host().ok_or_else(|| wrong("has no host"))?.to_owned(),
            port: uri.port_u16().ok_or_else(|| wrong("has no port"))?,
        })
    }

    fn is_address(&self) -> bool {
        self.host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
    }

    fn uri(&self, host: &str) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        match host.contains(':') && !host.starts_with('[') {
            true => format!("{scheme}://[{host}]:{}", self.port),
            false => format!("{scheme}://{host}:{}", self.port),
        }
    }
}
