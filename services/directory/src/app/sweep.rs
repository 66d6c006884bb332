use store::replay;
use tokio_util::sync::CancellationToken;

use super::App;
use crate::config::Retention;

impl App {
    /// Forgets old answers until `drain`. A failed sweep is made up for by the next.
    pub async fn sweep(self, retention: Retention, drain: CancellationToken) {
        let work = async {
            loop {
                let before = self.0.clock.now() - retention.answers();
                if let Err(error) = replay::forget(&self.0.store, before).await {
                    tracing::warn!(%error, "old answers are not forgotten yet");
                }
                tokio::time::sleep(retention.sweep_every()).await;
            }
        };
        drain.run_until_cancelled(work).await;
    }
}
