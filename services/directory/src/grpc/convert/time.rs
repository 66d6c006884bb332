use chrono::{DateTime, Utc};
use fault::At;
use prost_types::Timestamp;

/// An instant that may be missing. `None` has been reported.
pub(in crate::grpc) fn optional_instant(
    at: &mut At<'_>,
    field: &str,
    value: Option<Timestamp>,
) -> Option<Option<DateTime<Utc>>> {
    match value {
        Some(value) => instant(at, field, value).map(Some),
        None => Some(None),
    }
}

fn instant(at: &mut At<'_>, field: &str, value: Timestamp) -> Option<DateTime<Utc>> {
    // The limits of the message: years up to 9999. Nothing was open before 1970.
    const YEARS: std::ops::Range<i64> = 0..253_402_300_800;
    let nanos = u32::try_from(value.nanos)
        .ok()
        .filter(|nanos| *nanos < 1_000_000_000);
    let instant = nanos
        .filter(|_| YEARS.contains(&value.seconds))
        .and_then(|nanos| DateTime::from_timestamp(value.seconds, nanos));
    if instant.is_none() {
        at.field(field, "must be a time of the years 1970 to 9999");
    }
    instant
}

/// An instant for clients.
pub(super) fn message(instant: DateTime<Utc>) -> Option<Timestamp> {
    // Nanoseconds of a leap second do not fit; such an instant is its second's last.
    let nanos = instant.timestamp_subsec_nanos().min(999_999_999);
    Some(Timestamp {
        seconds: instant.timestamp(),
        nanos: i32::try_from(nanos).ok()?,
    })
}
