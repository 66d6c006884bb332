use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use access::{KeySet, Verifier};
use clock::Clock;
use rpc::client::Tokens;
use rpc::client::keys::Keys;
use rpc::client::revocations::Follower;
use rpc::method::Policies;
use rpc::revocations::{self, Revocations};
use rpc::{Peer, Server};
use secrecy::ExposeSecret as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::health::Health;
use crate::running::{Parts, Running};
use crate::service::Service;
use crate::{BoxError, Context, Invalid, Settings, reflection};

/// Why a service did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A setting in `[telemetry]`.
    #[error(transparent)]
    Telemetry(#[from] telemetry::Error),
    /// A setting about a peer.
    #[error(transparent)]
    Peer(#[from] rpc::client::Error),
    /// The address or TLS.
    #[error(transparent)]
    Server(#[from] rpc::server::Error),
    /// The descriptors do not fit what is served.
    #[error("reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The service's own `build` or `migrate` failed.
    #[error("{0}")]
    Build(BoxError),
}

impl Error {
    /// Whether the operator must change a setting before it can work.
    pub(crate) fn is_configuration(&self) -> bool {
        match self {
            Self::Invalid(_) | Self::Telemetry(_) | Self::Peer(_) => true,
            Self::Server(error) => matches!(error, rpc::server::Error::Tls(_)),
            Self::Build(error) => error.is::<Invalid>() || error.is::<rpc::client::Error>(),
            Self::Reflection(_) => false,
        }
    }
}

/// Starts a service inside this process: `boot::start(name, config, build).await`.
///
/// Tests add [`Start::clock`] and [`Start::keys`]. Telemetry is not started;
/// that belongs to whoever owns the process.
pub fn start<C, B, F>(service: &'static str, config: C, build: B) -> Start<C, B>
where
    C: Settings,
    B: FnOnce(Context<C>) -> F + Send + 'static,
    F: Future<Output = Result<Service, BoxError>> + Send + 'static,
{
    Start {
        service,
        config: Arc::new(config),
        build,
        clock: Clock::system(),
        keys: None,
    }
}

/// A service about to start; `.await` it.
#[derive(Debug)]
#[must_use = "nothing starts until it is awaited"]
pub struct Start<C, B> {
    pub(crate) service: &'static str,
    pub(crate) config: Arc<C>,
    pub(crate) build: B,
    pub(crate) clock: Clock,
    pub(crate) keys: Option<KeySet>,
}

impl<C, B> Start<C, B> {
    /// Uses this clock instead of the machine's.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Trusts these keys and does not ask identity for any, nor for what is
    /// revoked.
    pub fn keys(mut self, keys: KeySet) -> Self {
        self.keys = Some(keys);
        self
    }
}

impl<C, B, F> IntoFuture for Start<C, B>
where
    C: Settings,
    B: FnOnce(Context<C>) -> F + Send + 'static,
    F: Future<Output = Result<Service, BoxError>> + Send + 'static,
{
    type Output = Result<Running, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.launch())
    }
}

impl<C, B, F> Start<C, B>
where
    C: Settings,
    B: FnOnce(Context<C>) -> F + Send + 'static,
    F: Future<Output = Result<Service, BoxError>> + Send + 'static,
{
    async fn launch(self) -> Result<Running, Error> {
        let server_config = self.config.server().clone();
        let max_age = self
            .config
            .identity()
            .map_or(revocations::MAX_AGE, |section| {
                Duration::from_secs(section.revocations_max_age_seconds)
            });
        let context = Context {
            service: self.service,
            verifier: Verifier::new(self.clock.clone(), self.keys.clone().unwrap_or_default()),
            revocations: Revocations::new(self.service, self.clock.clone(), max_age),
            drain: CancellationToken::new(),
            tasks: TaskTracker::new(),
            tokens: None,
            config: self.config,
            clock: self.clock,
        };
        // Whatever fails from here on, tasks already spawned end with it.
        let abort = context.drain.clone().drop_guard();
        let (context, keys) = with_identity(context, self.keys.is_some())?;
        let verifier = context.verifier.clone();
        let revocations = self.keys.is_none().then(|| context.revocations.clone());
        let drain = context.drain.clone();
        let tasks = context.tasks.clone();

        let Service {
            mut routes,
            names,
            tasks: work,
            probes,
        } = (self.build)(context).await.map_err(Error::Build)?;

        let listener = rpc::server::bind(&server_config).await?;
        let address = listener
            .local_addr()
            .map_err(|source| rpc::server::Error::Bind {
                address: server_config.listen,
                source,
            })?;
        let (reporter, health_server) = tonic_health::server::health_reporter();
        routes.add_service(health_server);
        if server_config.reflection {
            reflection::add(&mut routes, &names)?;
        }
        let health = Health::new(reporter, names);
        health.set(false).await;

        let server = Server {
            service: self.service,
            config: server_config.clone(),
            verifier: verifier.clone(),
            keys,
            revocations: revocations.clone(),
            policies: Policies::Declared,
            drain: drain.clone(),
        };
        let probes = probes
            .into_iter()
            .chain([trusted_keys(verifier)])
            .chain(revocations.map(known_revocations))
            .collect();
        abort.disarm();
        Ok(Running::begin(Parts {
            service: self.service,
            address,
            config: server_config,
            serving: Box::pin(server.serve(listener, routes.routes())),
            health,
            probes,
            work,
            drain,
            tasks,
        }))
    }
}

/// Wires the service to identity: its own token, and the keys of all others.
fn with_identity<C: Settings>(
    mut context: Context<C>,
    keys_given: bool,
) -> Result<(Context<C>, Option<Keys>), Error> {
    let config = context.config.clone();
    let Some(section) = config.identity() else {
        return Ok((context, None));
    };
    let identity = Peer::new("identity.peer", &section.peer, None)?;
    if !section.key_secret.expose_secret().is_empty() {
        let tokens = Tokens::exchange(
            identity.clone(),
            section.key_secret.clone(),
            context.clock.clone(),
        );
        context
            .tasks
            .spawn(tokens.clone().run(context.drain.clone()));
        context.tokens = Some(tokens);
    }
    if keys_given {
        return Ok((context, None));
    }
    let Some(tokens) = context.tokens.clone() else {
        return Err(Error::Invalid(Invalid::new(
            "identity.key_secret",
            "must be set: without it nobody says which tokens are revoked",
        )));
    };
    let follower = Follower::new(
        identity.clone().with_tokens(tokens),
        context.revocations.clone(),
    );
    context.tasks.spawn(follower.run(context.drain.clone()));
    let keys = Keys::new(identity, context.verifier.clone());
    let interval = Duration::from_secs(section.refresh_seconds.max(1));
    context
        .tasks
        .spawn(keys.clone().run(interval, context.drain.clone()));
    Ok((context, Some(keys)))
}

/// Without a single key every call would be refused: not ready. Keys once had
/// are kept, so identity may go away later.
fn trusted_keys(verifier: Verifier) -> crate::service::Probe {
    crate::service::Probe {
        name: "signing keys",
        ask: Box::new(move || {
            let known = verifier.key_count() > 0;
            Box::pin(async move {
                match known {
                    true => Ok(()),
                    false => Err("identity has not published its keys yet".into()),
                }
            })
        }),
    }
}

/// As with the keys: whoever has never heard what is revoked refuses every
/// caller. What is known is kept, so identity may go away later; for how long
/// that is good enough depends on the method.
fn known_revocations(revocations: Revocations) -> crate::service::Probe {
    crate::service::Probe {
        name: "revocations",
        ask: Box::new(move || {
            let known = revocations.age().is_some();
            Box::pin(async move {
                match known {
                    true => Ok(()),
                    false => Err("identity has not said yet which tokens are revoked".into()),
                }
            })
        }),
    }
}
