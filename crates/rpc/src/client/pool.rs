//! The endpoints of one peer: take turns, leave out those that are dead.
//!
//! tonic's own balancer never ejects an endpoint; with one of two killed, a
//! fifth of the calls fail. Here an endpoint that fails is left out for a
//! while that doubles up to [`EJECTED_MAX`], and its next chance is a real
//! call, which the retry covers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use rand::Rng as _;
use tokio::time::Instant;
use tonic::transport::Channel;

const EJECTED_MIN: Duration = Duration::from_millis(100);
const EJECTED_MAX: Duration = Duration::from_secs(5);

/// One address of a peer.
pub(super) struct Endpoint {
    /// What it was made from, to keep it when names are resolved again.
    pub(super) name: String,
    pub(super) channel: Channel,
    failures: AtomicU32,
    /// Milliseconds since the pool began; 0 while it is well.
    back_at: AtomicU64,
}

impl Endpoint {
    pub(super) fn new(name: String, channel: Channel) -> Self {
        Self {
            name,
            channel,
            failures: AtomicU32::new(0),
            back_at: AtomicU64::new(0),
        }
    }
}

pub(super) struct Pool {
    begun: Instant,
    turn: AtomicUsize,
    endpoints: ArcSwap<Vec<Arc<Endpoint>>>,
}

impl Pool {
    pub(super) fn new(endpoints: Vec<Arc<Endpoint>>) -> Self {
        Self {
            begun: Instant::now(),
            turn: AtomicUsize::new(0),
            endpoints: ArcSwap::from_pointee(endpoints),
        }
    }

    pub(super) fn endpoints(&self) -> Arc<Vec<Arc<Endpoint>>> {
        self.endpoints.load_full()
    }

    /// From now on these, and only these.
    pub(super) fn replace(&self, endpoints: Vec<Arc<Endpoint>>) {
        self.endpoints.store(Arc::new(endpoints));
    }

    /// The next endpoint that is well; if none is, the one whose time out ends
    /// first, because refusing everything helps nobody.
    pub(super) fn pick(&self) -> Option<Arc<Endpoint>> {
        let endpoints = self.endpoints.load();
        let now = self.now();
        let start = self.turn.fetch_add(1, Ordering::Relaxed);
        let in_turn = (0..endpoints.len()).map(|step| {
            let index = start.wrapping_add(step) % endpoints.len();
            &endpoints[index]
        });
        in_turn
            .min_by_key(|endpoint| {
                let back_at = endpoint.back_at.load(Ordering::Relaxed);
                // Equal among the well: `min_by_key` keeps the first, whose
                // turn it is.
                if back_at <= now { 0 } else { back_at }
            })
            .cloned()
    }

    pub(super) fn worked(&self, endpoint: &Endpoint) {
        endpoint.failures.store(0, Ordering::Relaxed);
        endpoint.back_at.store(0, Ordering::Relaxed);
    }

    /// Leaves the endpoint out for a while.
    pub(super) fn failed(&self, endpoint: &Endpoint) {
        let failures = endpoint.failures.fetch_add(1, Ordering::Relaxed).min(10);
        let pause = EJECTED_MIN.saturating_mul(1 << failures).min(EJECTED_MAX);
        let pause = pause.mul_f64(spread());
        let pause = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        let back_at = self.now().saturating_add(pause);
        endpoint.back_at.store(back_at, Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// A factor that keeps replicas from trying the same endpoint together.
#[expect(
    clippy::disallowed_methods,
    reason = "jitter: no decision and no test depends on its value"
)]
fn spread() -> f64 {
    rand::rng().random_range(0.5..1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(names: &[&str]) -> Pool {
        let endpoint = |name: &&str| {
            let channel = Channel::from_static("http://127.0.0.1:1").connect_lazy();
            Arc::new(Endpoint::new((*name).to_owned(), channel))
        };
        Pool::new(names.iter().map(endpoint).collect())
    }

    fn picks(pool: &Pool, count: usize) -> String {
        (0..count)
            .map(|_| pool.pick().unwrap().name.clone())
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_dead_endpoint_is_left_out_and_comes_back() {
        let pool = pool(&["a", "b", "c"]);
        assert_eq!(picks(&pool, 6), "abcabc");
        let b = pool.endpoints()[1].clone();
        for _ in 0..3 {
            pool.failed(&b);
        }
        assert!(!picks(&pool, 12).contains('b'));
        tokio::time::advance(EJECTED_MAX).await;
        assert!(picks(&pool, 3).contains('b'));
        pool.worked(&b);
        assert!(picks(&pool, 3).contains('b'));
    }

    #[tokio::test(start_paused = true)]
    async fn with_all_dead_somebody_is_still_tried() {
        let pool = pool(&["a", "b"]);
        for endpoint in pool.endpoints().iter() {
            pool.failed(endpoint);
        }
        assert!(pool.pick().is_some());
        pool.replace(Vec::new());
        assert!(pool.pick().is_none());
    }
}
