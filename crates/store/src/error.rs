//! The one place where SQL errors are sorted.

use fault::Fault;
use sea_orm::sqlx;
use sea_orm::{DbErr, RuntimeErr};

/// Why something in Postgres did not happen.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique constraint: somebody was first. Services match on the name.
    #[error("unique constraint {constraint} is violated")]
    Unique {
        /// As the migration names it, such as `queues_name_key`.
        constraint: String,
        /// What Postgres said.
        #[source]
        cause: DbErr,
    },
    /// A foreign key: what is referred to does not exist, or what is deleted is
    /// still referred to.
    #[error("foreign key {constraint} is violated")]
    ForeignKey {
        /// As the migration names it.
        constraint: String,
        /// What Postgres said.
        #[source]
        cause: DbErr,
    },
    /// No row where one must be: never there, or another tenant's.
    #[error("no such row")]
    NotFound,
    /// Two transactions stood in each other's way, and repeating did not help.
    /// Nothing was changed.
    #[error("the transaction conflicted with others")]
    Conflict(#[source] DbErr),
    /// The statement, or its wait for a lock, took too long. Nothing was changed.
    #[error("postgres took too long")]
    Timeout(#[source] DbErr),
    /// Postgres is gone, starting, failing over or has no free connection. A
    /// commit under way may or may not have happened: repeat it with the same
    /// request id.
    #[error("postgres is unavailable")]
    Unavailable(#[source] DbErr),
    /// The disk is full, or so is memory.
    #[error("postgres is full")]
    Full(#[source] DbErr),
    /// A defect: wrong SQL, a type that does not fit, a violated check.
    #[error("postgres refused a statement")]
    Defect(#[source] DbErr),
}

impl StoreError {
    /// The unique constraint that was violated, to match on:
    /// `Err(error) if error.violates("queues_name_key")`.
    #[must_use]
    pub fn violates(&self, name: &str) -> bool {
        match self {
            Self::Unique { constraint, .. } | Self::ForeignKey { constraint, .. } => {
                constraint == name
            }
            _ => false,
        }
    }

    /// True if the same thing may work in a moment.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Conflict(_) | Self::Timeout(_) | Self::Unavailable(_) | Self::Full(_)
        )
    }

    /// A short word for metrics and spans.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unique { .. } => "unique",
            Self::ForeignKey { .. } => "foreign_key",
            Self::NotFound => "not_found",
            Self::Conflict(_) => "conflict",
            Self::Timeout(_) => "timeout",
            Self::Unavailable(_) => "unavailable",
            Self::Full(_) => "full",
            Self::Defect(_) => "defect",
        }
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match &error {
            DbErr::ConnectionAcquire(_) => Self::Unavailable(error),
            DbErr::RecordNotFound(_) | DbErr::RecordNotUpdated => Self::NotFound,
            DbErr::Conn(RuntimeErr::SqlxError(cause))
            | DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => {
                let cause = std::sync::Arc::clone(cause);
                sort(&cause, error)
            }
            _ => Self::Defect(error),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        DbErr::Query(RuntimeErr::SqlxError(error.into())).into()
    }
}

fn sort(cause: &sqlx::Error, error: DbErr) -> StoreError {
    match cause {
        sqlx::Error::Database(database) => {
            let constraint = || database.constraint().unwrap_or_default().to_owned();
            sort_state(&database.code().unwrap_or_default(), constraint, error)
        }
        sqlx::Error::RowNotFound => StoreError::NotFound,
        // A half-read answer is a connection that broke while we read it.
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => StoreError::Unavailable(error),
        _ => StoreError::Defect(error),
    }
}

/// By SQLSTATE: <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn sort_state(state: &str, constraint: impl FnOnce() -> String, error: DbErr) -> StoreError {
    match state {
        "23505" => StoreError::Unique {
            constraint: constraint(),
            cause: error,
        },
        "23503" => StoreError::ForeignKey {
            constraint: constraint(),
            cause: error,
        },
        // serialization_failure, deadlock_detected
        "40001" | "40P01" => StoreError::Conflict(error),
        // query_canceled (statement_timeout), lock_not_available (lock_timeout)
        "57014" | "55P03" => StoreError::Timeout(error),
        // A primary that became a replica in a fail-over answers 25006; 25P03
        // ended a transaction that sat idle.
        "25006" | "25P03" | "53300" | "57P01" | "57P02" | "57P03" | "57P05" => {
            StoreError::Unavailable(error)
        }
        _ if state.starts_with("08") => StoreError::Unavailable(error),
        _ if state.starts_with("53") => StoreError::Full(error),
        _ => StoreError::Defect(error),
    }
}

/// For everything no handler can do anything about. A violated constraint or a
/// missing row that arrives here was not expected by its service.
impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_)
            | StoreError::Timeout(_)
            | StoreError::Full(_)
            | StoreError::Conflict(_) => Self::lost("postgres", error),
            StoreError::Unique { .. }
            | StoreError::ForeignKey { .. }
            | StoreError::NotFound
            | StoreError::Defect(_) => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DbErr, StoreError, sort_state};

    #[test]
    fn every_state_has_its_class() {
        let kind = |state: &str| {
            sort_state(state, || "queues_name_key".into(), DbErr::RecordNotInserted).kind()
        };
        for (state, expected) in [
            ("23505", "unique"),
            ("23503", "foreign_key"),
            ("40001", "conflict"),
            ("40P01", "conflict"),
            ("57014", "timeout"),
            ("55P03", "timeout"),
            ("57P01", "unavailable"),
            ("08006", "unavailable"),
            ("25006", "unavailable"),
            ("53300", "unavailable"),
            ("53100", "full"),
            ("42601", "defect"),
            ("23514", "defect"),
            ("", "defect"),
        ] {
            assert_eq!(kind(state), expected, "{state}");
        }
    }

    #[test]
    fn a_violation_is_matched_by_name() {
        let error = sort_state(
            "23505",
            || "queues_name_key".into(),
            DbErr::RecordNotInserted,
        );
        assert!(error.violates("queues_name_key"));
        assert!(!error.violates("queues_pkey"));
        assert!(!StoreError::NotFound.violates(""));
    }
}
