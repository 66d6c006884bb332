//! Which tokens are refused, and how well this process knows.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use access::{Caller, Revocation, RevocationSet};
use api::access::v1::ErrorReason;
use api::policy::Policy;
use chrono::{DateTime, TimeDelta, Utc};
use clock::Clock;
use fault::Fault;
use opentelemetry::KeyValue;
use telemetry::attributes;
use tokio::sync::watch;
use tokio::time::Instant;

/// Whoever has heard nothing for longer refuses sensitive methods.
pub const MAX_AGE: Duration = Duration::from_secs(30);
/// Between two looks for what has expired by itself.
const FORGET_EVERY: TimeDelta = TimeDelta::minutes(1);

/// What is revoked, shared by everything in this process that asks. Whoever
/// has it from identity adds to it: `client::revocations`, or identity itself.
#[derive(Clone)]
pub struct Revocations(Arc<Inner>);

struct Inner {
    clock: Clock,
    max_age: Duration,
    began: Instant,
    set: RwLock<RevocationSet>,
    seen: Mutex<Seen>,
    /// Told whenever something is added.
    added: watch::Sender<()>,
}

struct Seen {
    /// Everything revoked before then is in the set; `None` before the first
    /// whole answer.
    until: Option<Instant>,
    forgot: DateTime<Utc>,
}

impl Revocations {
    /// Knows nothing yet, and so lets nobody in. `service` names it in the
    /// gauge of its age.
    pub fn new(service: &'static str, clock: Clock, max_age: Duration) -> Self {
        let seen = Seen {
            until: None,
            forgot: clock.now(),
        };
        let inner = Arc::new(Inner {
            clock,
            max_age,
            began: Instant::now(),
            set: RwLock::default(),
            seen: Mutex::new(seen),
            added: watch::Sender::new(()),
        });
        let watched = Arc::downgrade(&inner);
        telemetry::meter("rpc")
            .f64_observable_gauge("strowger.revocations.age")
            .with_unit("s")
            .with_description("Since when this service may have missed a revoked token")
            .with_callback(move |gauge| {
                if let Some(inner) = watched.upgrade() {
                    let age = inner.age().unwrap_or_else(|| inner.began.elapsed());
                    let label = KeyValue::new(attributes::SERVICE, service);
                    gauge.observe(age.as_secs_f64(), &[label]);
                }
            })
            .build();
        Self(inner)
    }

    /// These are revoked from now on; open streams of theirs end.
    pub fn add(&self, revocations: impl IntoIterator<Item = Revocation>) {
        let mut revocations = revocations.into_iter().peekable();
        if revocations.peek().is_none() {
            return;
        }
        let mut set = self.0.set.write().unwrap_or_else(PoisonError::into_inner);
        revocations.for_each(|revocation| set.add(revocation));
        drop(set);
        self.0.added.send_replace(());
    }

    /// Everything that was revoked before `instant` has been added.
    pub fn seen_until(&self, instant: Instant) {
        let now = self.0.clock.now();
        let mut seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.until = seen.until.max(Some(instant));
        if seen.forgot + FORGET_EVERY <= now {
            seen.forgot = now;
            let mut set = self.0.set.write().unwrap_or_else(PoisonError::into_inner);
            set.forget(now);
        }
    }

    /// How old the knowledge is; `None` if there has never been any.
    pub fn age(&self) -> Option<Duration> {
        self.0.age()
    }

    /// Whether the caller may use what they came with, for this method.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` with `TOKEN_REVOKED`, or `UNAVAILABLE` with
    /// `REVOCATIONS_STALE` if it cannot be known.
    pub(crate) fn check(&self, caller: &Caller, policy: &Policy) -> Result<(), Fault> {
        if self.0.refuses(caller) {
            return Err(access::token_revoked());
        }
        match self.age() {
            None => Err(Fault::unavailable(
                ErrorReason::RevocationsStale,
                "this replica does not know yet which tokens are revoked",
            )),
            Some(age) if policy.sensitive && age > self.0.max_age => Err(Fault::unavailable(
                ErrorReason::RevocationsStale,
                "this replica does not know well enough which tokens are revoked",
            )
            .with("age_seconds", age.as_secs())),
            Some(_) => Ok(()),
        }
    }

    /// Returns once the caller's token is revoked; never, if it never is.
    pub(crate) async fn revoked(&self, caller: &Caller) {
        let mut added = self.0.added.subscribe();
        while !self.0.refuses(caller) {
            // The sender lives as long as we do.
            if added.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

impl Inner {
    fn refuses(&self, caller: &Caller) -> bool {
        let set = self.set.read().unwrap_or_else(PoisonError::into_inner);
        set.refuses(caller)
    }

    fn age(&self) -> Option<Duration> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.until.map(|until| until.elapsed())
    }
}

impl std::fmt::Debug for Revocations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Revocations")
            .field("age", &self.age())
            .finish_non_exhaustive()
    }
}
