//! What the owner of a partition does: fire its timers, keep its accounts' plans applied.

use std::{collections::BTreeSet, time::Duration};

use futures::{StreamExt, stream};
use ids::{AccountId, ReplicaId};
use live::{
    Partition,
    lease::{DEFAULT_TTL, Held, Leases},
    timer::{Due, Fired, Timers},
};
use tokio_util::sync::CancellationToken;

use super::App;
use crate::{error::Error, peers::Change};

/// How often the age of plans and the turn of a day are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// Plans applied at a time.
const CONCURRENT: usize = 8;

/// Works for the partitions that this replica leases, until `drain`.
pub async fn run(app: App, drain: CancellationToken) {
    let live = app.0.store.live().clone();
    let leases = Leases::start(&live, "presence", ReplicaId::generate(), DEFAULT_TTL);
    let firing = {
        let app = app.clone();
        Timers::new(&live, "presence").run(&leases, move |due| fire(app.clone(), due))
    };
    tokio::select! {
        () = drain.cancelled() => {}
        () = keep_plans(&app, &leases) => {}
        () = app.0.rosters.plans().watch() => {}
    }
    firing.stop().await;
    leases.release().await;
}

async fn fire(app: App, due: Due) -> Result<Fired, Error> {
    let Ok(person) = due.member.parse() else {
        tracing::error!(member = due.member, "a timer that names no person");
        return Ok(Fired::Stale);
    };
    app.0.store.tick(due.partition(), person).await?;
    Ok(Fired::Handled)
}

/// Applies changed plans to owned partitions, within the second that the directory promises plus
/// one round; looks at all of them when a partition is new here, and now and then.
async fn keep_plans(app: &App, leases: &Leases) {
    let mut owned = leases.watch();
    let mut seen = BTreeSet::new();
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        tokio::select! {
            change = app.0.rosters.plans().changed() => {
                let held = owned.borrow().clone();
                apply_change(app, change, &held).await;
            }
            _ = look.tick() => {
                let held = owned.borrow().clone();
                apply_all(app, &partitions(&held)).await;
            }
            Ok(()) = owned.changed() => {
                let now = partitions(&owned.borrow_and_update());
                let gained: BTreeSet<_> = now.difference(&seen).copied().collect();
                apply_all(app, &gained).await;
                seen = now;
            }
        }
    }
}

async fn apply_change(app: &App, change: Change, held: &[Held]) {
    let owned = partitions(held);
    match change {
        Change::Everything => apply_all(app, &owned).await,
        Change::Accounts(accounts) => {
            let mut ours = BTreeSet::new();
            for partition in accounts.iter().map(|account| Partition::of(*account)) {
                if owned.contains(&partition) {
                    ours.extend(known_accounts(app, partition).await);
                }
            }
            // Nobody has asked for the others: whoever does first applies them.
            apply(app, accounts.intersection(&ours).copied()).await;
        }
    }
}

async fn apply_all(app: &App, partitions: &BTreeSet<Partition>) {
    for partition in partitions {
        apply(app, known_accounts(app, *partition).await.into_iter()).await;
    }
}

async fn apply(app: &App, accounts: impl Iterator<Item = AccountId>) {
    stream::iter(accounts)
        .for_each_concurrent(CONCURRENT, |account| async move {
            // Left as it was, and looked at again: by the next request that misses something, or
            // by the next look.
            if let Err(error) = app.0.rosters.ensure(account).await {
                tracing::warn!(%account, %error, "a plan is not applied");
            }
        })
        .await;
}

async fn known_accounts(app: &App, partition: Partition) -> BTreeSet<AccountId> {
    match app.0.store.accounts(partition).await {
        Ok(accounts) => accounts.into_iter().collect(),
        Err(error) => {
            tracing::debug!(%partition, %error, "accounts are not known");
            BTreeSet::new()
        }
    }
}

fn partitions(held: &[Held]) -> BTreeSet<Partition> {
    held.iter().map(Held::partition).collect()
}
