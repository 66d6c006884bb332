//! Keeping the plans current.

use std::{sync::LazyLock, time::Duration};

use api::directory::v1::{PlanChange, WatchPlansRequest, watch_plans_response::Message};
use futures::{StreamExt, stream};
use ids::AccountId;
use opentelemetry::metrics::Gauge;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::Plans;

/// Plans confirmed at a time.
const CONCURRENT: usize = 8;
/// How long until the next attempt to watch, or to confirm.
const PAUSE: Duration = Duration::from_millis(500);

static OLDEST: LazyLock<Gauge<f64>> = LazyLock::new(|| {
    telemetry::meter("routing")
        .f64_gauge("strowger.plan.age")
        .with_unit("s")
        .with_description("Time since directory last confirmed the stalest plan at hand")
        .build()
});

impl Plans {
    /// Follows changes until drained.
    pub(crate) async fn follow(self, refresh: Duration, drain: CancellationToken) {
        let watch = async {
            loop {
                if let Err(error) = self.watch().await {
                    tracing::debug!(%error, "plans are not being watched");
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        let confirm = async {
            loop {
                tokio::time::sleep(refresh).await;
                self.confirm_all().await;
                self.measure();
            }
        };
        tokio::select! {
            () = drain.cancelled() => {}
            () = watch => {}
            () = confirm => {}
        }
    }

    /// Returns when the stream ends.
    async fn watch(&self) -> Result<(), Status> {
        let mut changes = self
            .client()
            .watch_plans(WatchPlansRequest {})
            .await?
            .into_inner();
        while let Some(message) = changes.message().await? {
            match message.message {
                Some(Message::Change(change)) => self.changed(change).await,
                Some(Message::Reset(_)) => self.confirm_all().await,
                None => {}
            }
        }
        Ok(())
    }

    async fn changed(&self, change: PlanChange) {
        for number in &change.e164 {
            self.forget_number(number).await;
        }
        let Ok(account) = change.account_id.parse::<AccountId>() else {
            tracing::warn!("a plan changed whose account has no readable id");
            return;
        };
        self.announced.insert(account, change.version).await;
        if let Err(error) = self.confirm(account).await {
            tracing::warn!(%account, %error, "a changed plan was not fetched, the old one stays");
        }
    }

    async fn confirm_all(&self) {
        let accounts: Vec<_> = self
            .by_account
            .iter()
            .map(|(account, _)| *account)
            .collect();
        let failed = stream::iter(accounts)
            .map(|account| self.confirm(account))
            .buffer_unordered(CONCURRENT)
            .filter(|result| std::future::ready(result.is_err()))
            .count()
            .await;
        if failed > 0 {
            tracing::warn!(failed, "plans were not confirmed, the old ones stay");
        }
    }

    fn measure(&self) {
        let ages = self
            .by_account
            .iter()
            .map(|(_, kept)| kept.confirmed.elapsed());
        OLDEST.record(ages.max().unwrap_or_default().as_secs_f64(), &[]);
    }
}
