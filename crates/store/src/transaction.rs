use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ids::AccountId;
use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, IsolationLevel,
    QueryResult, Statement, TransactionTrait,
};
use tracing::Instrument;

use crate::retry::conflict_waits;
use crate::statement::traced;
use crate::{Store, StoreError};

/// What a transaction may see, and how strictly it is kept apart from others.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope {
    tenant: Option<AccountId>,
    isolation: Option<IsolationLevel>,
    access: Option<AccessMode>,
}

impl Scope {
    /// Outside every account: tables with row-level security look empty.
    #[must_use]
    pub fn platform() -> Self {
        Self::default()
    }

    /// Inside one account.
    #[must_use]
    pub fn tenant(account: AccountId) -> Self {
        Self {
            tenant: Some(account),
            ..Self::default()
        }
    }

    /// As if transactions ran one after another, for rules over several rows
    /// (a sum, a cycle). The default is read committed.
    #[must_use]
    pub fn serializable(mut self) -> Self {
        self.isolation = Some(IsolationLevel::Serializable);
        self
    }

    /// Reads several tables as they were at one instant; writes are refused.
    #[must_use]
    pub fn snapshot(mut self) -> Self {
        self.isolation = Some(IsolationLevel::RepeatableRead);
        self.access = Some(AccessMode::ReadOnly);
        self
    }
}

/// A transaction under way, to be used like a [`Store`]. It commits when the
/// function it was given to returns `Ok` and leaves no trace otherwise.
#[derive(Debug)]
pub struct Transaction(Arc<Shared>);

/// Ours and the function's: it owns its transaction, because a future that
/// borrows one cannot be proven `Send` today.
#[derive(Debug)]
struct Shared {
    inner: DatabaseTransaction,
    /// A statement failed in a way that another attempt may mend. Kept here
    /// because the function may wrap the error in one of its own.
    conflicted: AtomicBool,
}

impl Store {
    /// Runs `work` in a transaction outside every account. See [`Self::transact`].
    ///
    /// # Errors
    ///
    /// What `work` fails with, or a [`StoreError`] of the commit.
    pub async fn transaction<T, E, F>(&self, work: impl Fn(Transaction) -> F) -> Result<T, E>
    where
        E: From<StoreError>,
        F: Future<Output = Result<T, E>>,
    {
        self.transact(Scope::platform(), work).await
    }

    /// Runs `work` in a transaction of one account. See [`Self::transact`].
    ///
    /// # Errors
    ///
    /// What `work` fails with, or a [`StoreError`] of the commit.
    pub async fn tenant_transaction<T, E, F>(
        &self,
        account: AccountId,
        work: impl Fn(Transaction) -> F,
    ) -> Result<T, E>
    where
        E: From<StoreError>,
        F: Future<Output = Result<T, E>>,
    {
        self.transact(Scope::tenant(account), work).await
    }

    /// Runs `work` in a transaction: committed if it returns `Ok`, else rolled
    /// back.
    ///
    /// ```ignore
    /// let name = &request.name;
    /// store
    ///     .transact(Scope::tenant(account), |tx| async move {
    ///         queues::insert(&tx, account, name).await?;
    ///         outbox::insert(&tx, event(name)).await
    ///     })
    ///     .await
    /// ```
    ///
    /// Serialization failures and deadlocks are tried again a few times,
    /// so `work` may run more than once and has no effect outside Postgres.
    ///
    /// # Errors
    ///
    /// What `work` fails with, or a [`StoreError`] of the commit. After
    /// [`StoreError::Unavailable`] the commit may or may not have happened.
    pub async fn transact<T, E, F>(
        &self,
        scope: Scope,
        work: impl Fn(Transaction) -> F,
    ) -> Result<T, E>
    where
        E: From<StoreError>,
        F: Future<Output = Result<T, E>>,
    {
        let mut waits = conflict_waits();
        loop {
            let (conflicted, outcome) = self.attempt(scope, &work).await;
            match waits.next() {
                Some(wait) if conflicted => {
                    tracing::debug!(?wait, "a transaction conflicted and is tried again");
                    tokio::time::sleep(wait).await;
                }
                _ => return outcome,
            }
        }
    }

    /// One attempt; says whether another one may help.
    async fn attempt<T, E, F>(
        &self,
        scope: Scope,
        work: &impl Fn(Transaction) -> F,
    ) -> (bool, Result<T, E>)
    where
        E: From<StoreError>,
        F: Future<Output = Result<T, E>>,
    {
        let transaction = match self.begin(scope).await {
            Ok(transaction) => transaction,
            Err(error) => return (false, Err(error.into())),
        };
        let outcome = work(Transaction(Arc::clone(&transaction.0))).await;
        let conflicted = transaction.0.conflicted.load(Ordering::Relaxed);
        match outcome {
            Ok(value) => match transaction.commit().await {
                Ok(()) => (false, Ok(value)),
                Err(error) => {
                    let conflicted = matches!(error, StoreError::Conflict(_));
                    (conflicted, Err(error.into()))
                }
            },
            Err(error) => {
                transaction.roll_back().await;
                (conflicted, Err(error))
            }
        }
    }

    async fn begin(&self, scope: Scope) -> Result<Transaction, StoreError> {
        let begin = self
            .connection()
            .begin_with_config(scope.isolation, scope.access);
        let inner = begin.await?;
        let transaction = Transaction(Arc::new(Shared {
            inner,
            conflicted: AtomicBool::new(false),
        }));
        if let Some(account) = scope.tenant {
            transaction
                .execute_raw(Statement::from_sql_and_values(
                    DbBackend::Postgres,
                    // `true`: for this transaction only, so that the next user
                    // of the connection does not inherit the tenant.
                    "SELECT set_config('app.account_id', $1, true)",
                    [account.uuid().to_string().into()],
                ))
                .await?;
        }
        Ok(transaction)
    }
}

impl Transaction {
    async fn commit(self) -> Result<(), StoreError> {
        let commit = tracing::debug_span!(
            "commit",
            otel.kind = "client",
            db.system.name = "postgresql",
            db.operation.name = "COMMIT"
        );
        // Only a function that hands its transaction out can keep it alive.
        let shared = Arc::into_inner(self.0)
            .ok_or_else(|| DbErr::Custom("the transaction outlived its function".to_owned()))?;
        Ok(shared.inner.commit().instrument(commit).await?)
    }

    /// A connection that cannot even roll back is broken, and the pool drops
    /// it; the error that brought us here is the one to tell.
    async fn roll_back(self) {
        let Some(shared) = Arc::into_inner(self.0) else {
            return;
        };
        if let Err(error) = shared.inner.rollback().await {
            tracing::debug!(%error, "a transaction could not be rolled back");
        }
    }

    fn note<T>(&self, result: Result<T, DbErr>) -> Result<T, DbErr> {
        result.inspect_err(|error| {
            if matches!(StoreError::from(error.clone()), StoreError::Conflict(_)) {
                self.0.conflicted.store(true, Ordering::Relaxed);
            }
        })
    }
}

#[async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let sql = statement.sql.clone();
        self.note(traced(&sql, self.0.inner.execute_raw(statement)).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.note(traced(sql, self.0.inner.execute_unprepared(sql)).await)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let sql = statement.sql.clone();
        self.note(traced(&sql, self.0.inner.query_one_raw(statement)).await)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let sql = statement.sql.clone();
        self.note(traced(&sql, self.0.inner.query_all_raw(statement)).await)
    }
}
