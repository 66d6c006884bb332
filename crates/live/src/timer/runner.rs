//! One owner task per leased partition, and one subscription that wakes them.

use std::{collections::BTreeMap, fmt::Display, sync::Arc};

use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use crate::{Partition, Signal, lease::Held};

use super::{Due, Fired, Timers, owner::Owner};

struct Work {
    held: Held,
    wake: Arc<Notify>,
    stop: CancellationToken,
}

pub(crate) async fn run<H, F, E>(
    timers: Timers,
    mut owned: watch::Receiver<Vec<Held>>,
    handle: H,
    stop: CancellationToken,
) where
    H: Fn(Due) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Fired, E>> + Send + 'static,
    E: Display + Send + 'static,
{
    let mut signals = timers.live.subscribe(&timers.wake_channel());
    let mut work: BTreeMap<Partition, Work> = BTreeMap::new();
    let mut owners = JoinSet::new();
    loop {
        let leases = owned.borrow_and_update().clone();
        work.retain(|_, work| {
            let keep = leases.iter().any(|held| held.is_same(&work.held));
            if !keep {
                work.stop.cancel();
            }
            keep
        });
        for held in leases {
            work.entry(held.partition()).or_insert_with(|| {
                let (wake, stop) = (Arc::new(Notify::new()), stop.child_token());
                let owner = Owner::new(&timers, held.clone(), wake.clone());
                owners.spawn(owner.run(handle.clone(), stop.clone()));
                Work { held, wake, stop }
            });
        }
        // Until the leases change.
        loop {
            tokio::select! {
                () = stop.cancelled() => {
                    while owners.join_next().await.is_some() {}
                    return;
                }
                changed = owned.changed() => match changed {
                    Ok(()) => break,
                    // The leases were released: nothing is left to do.
                    Err(_) => stop.cancel(),
                },
                Some(signal) = signals.next() => wake(&work, signal),
                // Reap those that ended, so that their results do not pile up.
                Some(_) = owners.join_next() => {}
            }
        }
    }
}

fn wake(work: &BTreeMap<Partition, Work>, signal: Signal) {
    match signal {
        Signal::Wake(partition, _) => {
            if let Some(work) = work.get(&partition) {
                work.wake.notify_one();
            }
        }
        Signal::Listening => work.values().for_each(|work| work.wake.notify_one()),
    }
}
