use std::sync::Arc;

use access::Verifier;
use clock::Clock;
use rpc::Peer;
use rpc::client::Tokens;
use rpc::revocations::Revocations;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::section;

/// What a service is given to build itself from.
#[derive(Debug, Clone)]
pub struct Context<C> {
    /// The service's name.
    pub service: &'static str,
    /// The service's settings, validated.
    pub config: Arc<C>,
    /// The time.
    pub clock: Clock,
    /// Verifies tokens. Identity, which has no `[identity]` section, must give
    /// it its keys.
    pub verifier: Verifier,
    /// Which tokens are refused before they expire. Identity must add to them.
    pub revocations: Revocations,
    /// Cancelled when the process stops: loops end, streams say goodbye.
    pub drain: CancellationToken,
    /// For work that outlives a request and must be finished before the
    /// process ends. Long-running loops are [`Service::task`](crate::Service::task)s.
    pub tasks: TaskTracker,
    /// This service's own token; `None` without a platform key.
    pub tokens: Option<Tokens>,
}

impl<C> Context<C> {
    /// Another service, called with this service's own key. `name` is the
    /// section that configures it.
    ///
    /// # Errors
    /// [`rpc::client::Error`] names the setting.
    pub fn peer(
        &self,
        name: &'static str,
        config: &section::Peer,
    ) -> Result<Peer, rpc::client::Error> {
        Peer::new(name, config, self.tokens.clone())
    }
}
