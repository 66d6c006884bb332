use std::fmt;

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::sqlx::PgPool;
use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult,
    SqlxPostgresConnector, Statement,
};

use crate::statement::traced;
use crate::{Config, ConfigError, StoreError};

/// Postgres, as a service holds it. Clones share the pool.
#[derive(Clone)]
pub struct Store {
    connection: DatabaseConnection,
}

impl Store {
    /// Checks the settings and makes the pool. Connects on first use: a service
    /// starts, answers `UNAVAILABLE` and recovers whether or not Postgres is
    /// there. `application` is the service's name.
    ///
    /// # Errors
    ///
    /// A setting that cannot work.
    pub async fn connect(config: &Config, application: &str) -> Result<Self, ConfigError> {
        let options = config.options(application)?;
        let connection = SqlxPostgresConnector::connect(options)
            .await
            // Lazy, so nothing but the URL can be wrong.
            .map_err(|_| ConfigError::Url)?;
        Ok(Self { connection })
    }

    /// Whether Postgres answers, for health checks.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.execute_unprepared("SELECT 1").await?;
        Ok(())
    }

    /// Hears what is `NOTIFY`ed on `channel`, from now on, with a connection of its own out of
    /// the pool. What is said while the connection is lost is lost: reconnect and start over.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when Postgres does not answer.
    pub async fn listen(&self, channel: &str) -> Result<PgListener, StoreError> {
        let mut listener = PgListener::connect_with(self.pool()).await?;
        listener.listen(channel).await?;
        Ok(listener)
    }

    /// Waits for running statements and closes every connection.
    pub async fn close(&self) {
        self.pool().close().await;
    }

    pub(crate) fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    pub(crate) fn pool(&self) -> &PgPool {
        self.connection.get_postgres_connection_pool()
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("connections", &self.pool().size())
            .field("idle", &self.pool().num_idle())
            .finish()
    }
}

#[async_trait]
impl ConnectionTrait for Store {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let sql = statement.sql.clone();
        traced(&sql, self.connection.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        traced(sql, self.connection.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let sql = statement.sql.clone();
        traced(&sql, self.connection.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let sql = statement.sql.clone();
        traced(&sql, self.connection.query_all_raw(statement)).await
    }
}
