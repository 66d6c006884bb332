//! Rows that do not say what their table promises.

use std::{str::FromStr, time::Duration};

use uuid::Uuid;

/// A row that cannot be read back: written by something else than this service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{table}.{column} of row {row} cannot be read")]
pub struct Unreadable {
    table: &'static str,
    column: &'static str,
    row: Uuid,
}

/// Reads the columns of one row.
pub(super) struct Row {
    table: &'static str,
    row: Uuid,
}

impl Row {
    pub(super) const fn of(table: &'static str, row: Uuid) -> Self {
        Self { table, row }
    }

    pub(super) fn unreadable(&self, column: &'static str) -> Unreadable {
        Unreadable {
            table: self.table,
            column,
            row: self.row,
        }
    }

    pub(super) fn parse<T: FromStr>(
        &self,
        column: &'static str,
        text: &str,
    ) -> Result<T, Unreadable> {
        text.parse().map_err(|_| self.unreadable(column))
    }

    pub(super) fn list<T: FromStr>(
        &self,
        column: &'static str,
        texts: &[String],
    ) -> Result<Vec<T>, Unreadable> {
        texts.iter().map(|text| self.parse(column, text)).collect()
    }

    pub(super) fn required<T>(
        &self,
        column: &'static str,
        value: Option<T>,
    ) -> Result<T, Unreadable> {
        value.ok_or_else(|| self.unreadable(column))
    }

    pub(super) fn number<T: TryFrom<i64>>(
        &self,
        column: &'static str,
        value: impl Into<i64>,
    ) -> Result<T, Unreadable> {
        T::try_from(value.into()).map_err(|_| self.unreadable(column))
    }

    pub(super) fn duration(
        &self,
        column: &'static str,
        millis: i64,
    ) -> Result<Duration, Unreadable> {
        self.number(column, millis).map(Duration::from_millis)
    }
}

/// How durations are kept. Spans end far below the limit of the type.
pub(super) fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}
