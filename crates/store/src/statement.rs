//! A span and a measurement around every statement.

use std::future::Future;
use std::sync::LazyLock;
use std::time::Instant;

use opentelemetry::KeyValue;
use opentelemetry::metrics::Histogram;
use sea_orm::DbErr;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use crate::StoreError;

static DURATION: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    telemetry::meter("store")
        .f64_histogram("db.client.operation.duration")
        .with_unit("s")
        .with_description("One statement in Postgres, by operation and table")
        .with_boundaries(vec![
            0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0,
        ])
        .build()
});

/// Runs one statement, traced and measured.
pub(crate) async fn traced<T>(
    sql: &str,
    run: impl Future<Output = Result<T, DbErr>>,
) -> Result<T, DbErr> {
    let summary = Summary::of(sql);
    let span = span(sql, &summary);
    let start = Instant::now();
    let result = run.instrument(span.clone()).await;
    let mut labels = summary.labels();
    if let Err(error) = &result {
        let kind = StoreError::from(error.clone()).kind();
        span.record("otel.status_code", "ERROR");
        span.record("error.type", kind);
        labels.push(KeyValue::new("error.type", kind));
    }
    DURATION.record(start.elapsed().as_secs_f64(), &labels);
    result
}

/// Background loops have no span around them and get none: a poll is not a
/// trace. The text is safe to show: values travel apart from it.
fn span(sql: &str, summary: &Summary<'_>) -> Span {
    if Span::current().is_none() {
        return Span::none();
    }
    let span = tracing::info_span!(
        "postgres",
        otel.name = Empty,
        otel.kind = "client",
        otel.status_code = Empty,
        db.system.name = "postgresql",
        db.operation.name = summary.operation,
        db.collection.name = summary.table,
        db.query.text = sql,
        "error.type" = Empty,
    );
    match summary.table {
        Some(table) => span.record("otel.name", format_args!("{} {table}", summary.operation)),
        None => span.record("otel.name", summary.operation),
    };
    span
}

/// What a statement does, in words that do not depend on its values.
#[derive(Debug, PartialEq, Eq)]
struct Summary<'a> {
    operation: &'static str,
    table: Option<&'a str>,
}

impl<'a> Summary<'a> {
    /// Good enough for names in a trace: the first verb and the first table.
    fn of(sql: &'a str) -> Self {
        let mut words = sql
            .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | ';'))
            .filter(|word| !word.is_empty());
        let operation = words.clone().find_map(verb).unwrap_or("OTHER");
        words.find(|word| {
            ["FROM", "INTO", "UPDATE", "TABLE"]
                .iter()
                .any(|before| word.eq_ignore_ascii_case(before))
        });
        let table = words
            .find(|word| !word.eq_ignore_ascii_case("ONLY"))
            .map(|word| word.trim_matches('"'));
        Self { operation, table }
    }

    fn labels(&self) -> Vec<KeyValue> {
        let mut labels = vec![KeyValue::new("db.operation.name", self.operation)];
        if let Some(table) = self.table {
            labels.push(KeyValue::new("db.collection.name", table.to_owned()));
        }
        labels
    }
}

fn verb(word: &str) -> Option<&'static str> {
    [
        "SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "SET",
    ]
    .into_iter()
    .find(|verb| word.eq_ignore_ascii_case(verb))
}

#[cfg(test)]
mod tests {
    use super::Summary;

    #[test]
    fn a_statement_is_named_by_its_verb_and_table() {
        for (sql, operation, table) in [
            (
                "SELECT \"q\".\"id\" FROM \"queues\" AS q WHERE id = $1",
                "SELECT",
                Some("queues"),
            ),
            (
                "insert into outbox (a) values ($1)",
                "INSERT",
                Some("outbox"),
            ),
            ("UPDATE ONLY users SET a = 1", "UPDATE", Some("users")),
            ("DELETE FROM replay", "DELETE", Some("replay")),
            ("SELECT set_config('x', $1, true)", "SELECT", None),
            ("VACUUM", "OTHER", None),
            ("", "OTHER", None),
        ] {
            assert_eq!(Summary::of(sql), Summary { operation, table }, "{sql}");
        }
    }
}
