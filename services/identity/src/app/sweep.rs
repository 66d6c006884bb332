//! Forgetting what nobody needs any more.

use std::sync::Arc;

use ::store::replay;
use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use super::App;
use crate::{
    config::Retention,
    domain::{reset, sharing},
    error::Error,
    store,
};

/// A repeated request gets its kept answer for this long.
const REPLAY_LIFE: TimeDelta = TimeDelta::hours(24);

impl App {
    /// Sweeps now and then until `drain`.
    pub async fn sweep(self: Arc<Self>, retention: Retention, drain: CancellationToken) {
        let work = async {
            loop {
                tokio::time::sleep(retention.sweep_every()).await;
                match self.sweep_once(retention).await {
                    Ok(0) => {}
                    Ok(rows) => tracing::info!(rows, "swept"),
                    Err(error) => tracing::warn!(%error, "cannot sweep"),
                }
            }
        };
        drain.run_until_cancelled(work).await;
    }

    /// Forgets kept answers, sign-ins of every outcome, open offers, revocations and what suggests
    /// sharing once they are old enough; how many.
    pub async fn sweep_once(&self, retention: Retention) -> Result<u64, Error> {
        let now = self.clock.now();
        let before = now - retention.life();
        let replays = replay::forget(&self.store, now - REPLAY_LIFE).await?;
        Ok(replays
            + self
                .store
                .transaction(async |tx| {
                    let sessions = store::session::forget(&tx, before).await?;
                    let strays = store::stray_sign_in::forget(&tx, before).await?;
                    let challenges = store::challenge::forget(&tx, before).await?;
                    let enrolments = store::totp_enrolment::forget(&tx, now).await?;
                    let resets = store::password_reset::forget(&tx, before).await?;
                    let requests = store::reset_request::forget(&tx, now - reset::LIFE).await?;
                    let forgotten = now - sharing::MEMORY;
                    let signals = store::sharing::forget_signals(&tx, forgotten).await?;
                    let findings = store::sharing::forget(&tx, forgotten).await?;
                    let revocations = store::revocation::forget(&tx, now).await?;
                    let sign_ins = sessions + strays + challenges + resets;
                    let offers = enrolments + requests;
                    Ok::<_, Error>(sign_ins + offers + signals + findings + revocations)
                })
                .await?)
    }
}
