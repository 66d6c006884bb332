use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use ids::{AccountId, EventId};
use live::event::Envelope;
use live::{Live, LiveError};
use opentelemetry::metrics::Histogram;
use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::retry::outage_waits;
use crate::{Store, StoreError, Transaction};

/// At most this many rows at once. Far below the number of event ids that Redis
/// remembers for us: a batch that was appended but not deleted is recognised.
const BATCH: u32 = 256;
/// How often a relay looks without being woken: what a replica that died with
/// the wake-up in hand left behind waits this long at most.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Everybody who relays this outbox takes this lock; the number is ours.
const LOCK: i64 = 0x006f_7574_626f_7865;

static WAITED: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    telemetry::meter("store")
        .f64_histogram("strowger.outbox.wait")
        .with_unit("s")
        .with_description("From the insert of an event to its relay")
        .with_boundaries(vec![
            0.001, 0.002_5, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0, 30.0, 300.0,
        ])
        .build()
});

/// Moves the rows of one outbox to the event streams.
#[derive(Debug)]
pub struct Relay {
    store: Store,
    live: Live,
    source: &'static str,
}

/// Why rows stay where they are for now.
#[derive(Debug, thiserror::Error)]
enum Stuck {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Live(#[from] LiveError),
}

impl Relay {
    /// `source` is the service's name.
    #[must_use]
    pub fn new(store: &Store, live: &Live, source: &'static str) -> Self {
        Self {
            store: store.clone(),
            live: live.clone(),
            source,
        }
    }

    /// Relays until `stop`, and once more after it, so that the last events of
    /// a stopping service do not wait for another replica. While Postgres or
    /// Redis is gone the rows wait, and it tries again.
    pub async fn run(self, stop: CancellationToken) {
        stop.run_until_cancelled(self.relay_for_ever()).await;
        if let Err(error) = self.drain().await {
            self.complain(&error);
        }
    }

    async fn relay_for_ever(&self) {
        let mut waits = outage_waits();
        let mut wake_up = None;
        loop {
            match self.drain_when_woken(&mut wake_up).await {
                Ok(()) => waits = outage_waits(),
                Err(error) => {
                    self.complain(&error);
                    tokio::time::sleep(waits.next().unwrap_or(LOOK_EVERY)).await;
                }
            }
        }
    }

    /// Listens before it looks, so that nothing falls in between.
    async fn drain_when_woken(&self, wake_up: &mut Option<PgListener>) -> Result<(), Stuck> {
        if let Some(mut listener) = wake_up.take() {
            // Put back only after an answer: a broken listener is replaced.
            if let Ok(woken) = timeout(LOOK_EVERY, listener.recv()).await {
                woken.map_err(StoreError::from)?;
            }
            *wake_up = Some(listener);
        } else {
            *wake_up = Some(self.listen().await?);
        }
        self.drain().await
    }

    async fn listen(&self) -> Result<PgListener, StoreError> {
        let mut listener = PgListener::connect_with(self.store.pool()).await?;
        listener.listen("outbox").await?;
        Ok(listener)
    }

    fn complain(&self, error: &Stuck) {
        let error: &dyn std::error::Error = error;
        tracing::warn!(source = self.source, error, "events wait in the outbox");
    }

    /// Relays until nothing is left, or until another replica is at it.
    async fn drain(&self) -> Result<(), Stuck> {
        while self
            .store
            .transaction(|tx| async move { self.relay_batch(&tx).await })
            .await?
        {}
        Ok(())
    }

    /// Appends, then deletes. A crash in between sends the batch again, and the
    /// streams recognise it. Returns whether there may be more.
    async fn relay_batch(&self, tx: &Transaction) -> Result<bool, Stuck> {
        if !try_lock(tx).await? {
            return Ok(false);
        }
        let rows = tx
            .query_all_raw(Statement::from_sql_and_values(
                DbBackend::Postgres,
                include_str!("../sql/outbox_batch.sql"),
                [i64::from(BATCH).into()],
            ))
            .await
            .map_err(StoreError::from)?;
        let batch = rows.iter().map(envelope).collect::<Result<Vec<_>, _>>()?;
        if batch.is_empty() {
            return Ok(false);
        }
        live::event::append(&self.live, self.source, &batch).await?;
        delete(tx, &rows).await?;
        for row in &rows {
            let waited = row.try_get("", "waited_s").map_err(StoreError::from)?;
            WAITED.record(waited, &[]);
        }
        Ok(rows.len() == BATCH as usize)
    }
}

/// One relay at a time, so that a subject's events cannot overtake each other.
/// Held to the end of the transaction: it cannot be left behind.
async fn try_lock(tx: &Transaction) -> Result<bool, StoreError> {
    let row = tx
        .query_one_raw(Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_try_advisory_xact_lock($1) AS locked",
            [LOCK.into()],
        ))
        .await?
        .ok_or(StoreError::NotFound)?;
    Ok(row.try_get("", "locked")?)
}

/// Exactly the rows that were read: a smaller position may have been committed
/// since, and is for the next batch.
async fn delete(tx: &Transaction, rows: &[QueryResult]) -> Result<(), StoreError> {
    let positions = rows
        .iter()
        .map(|row| row.try_get::<i64>("", "position"))
        .collect::<Result<Vec<_>, _>>()?;
    let list = positions
        .iter()
        .map(i64::to_string)
        .collect::<Vec<_>>()
        .join(",");
    tx.execute_raw(Statement::from_sql_and_values(
        DbBackend::Postgres,
        "DELETE FROM outbox WHERE position = ANY (string_to_array($1, ',')::bigint[])",
        [list.into()],
    ))
    .await?;
    Ok(())
}

fn envelope(row: &QueryResult) -> Result<Envelope, StoreError> {
    Ok(Envelope {
        id: EventId::from_uuid(row.try_get("", "event_id")?),
        account: AccountId::from_uuid(row.try_get("", "account_id")?),
        subject: row.try_get("", "subject")?,
        seq: row.try_get::<i64>("", "sequence")?.unsigned_abs(),
        at: row.try_get("", "occurred_at")?,
        actor: row.try_get("", "actor")?,
        kind: row.try_get("", "kind")?,
        traceparent: row.try_get("", "traceparent")?,
        body: Bytes::from(row.try_get::<Vec<u8>>("", "body")?),
    })
}
