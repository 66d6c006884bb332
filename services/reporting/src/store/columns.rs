//! Between rows and the arrays that statements take and give.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::Value;
use uuid::Uuid;

/// One column of many rows. Arrays cannot hold NULL, so what is optional travels as
/// [`or_nil`] or [`or_epoch`], and the statement turns it back.
pub(super) fn column<R, T>(rows: &[R], read: impl Fn(&R) -> T) -> Value
where
    Vec<T>: Into<Value>,
{
    rows.iter().map(read).collect::<Vec<T>>().into()
}

/// No id is nil.
pub(super) fn or_nil(id: Option<Uuid>) -> Uuid {
    id.unwrap_or(Uuid::nil())
}

/// Nothing that reporting knows of happened in 1970.
pub(super) fn or_epoch(at: Option<DateTime<Utc>>) -> DateTime<Utc> {
    at.unwrap_or(DateTime::UNIX_EPOCH)
}

/// Durations are whole microseconds. What is folded was bounded when it was read.
pub(super) fn micros(time: TimeDelta) -> i64 {
    time.num_microseconds().unwrap_or(i64::MAX)
}

/// Counts end far below the limit.
pub(super) fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The numbers of our enums are small.
pub(super) fn number(number: i32) -> i16 {
    i16::try_from(number).unwrap_or_default()
}
