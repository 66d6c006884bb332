//! What lists have in common: pages, and spans of time.

use chrono::{DateTime, Utc};
use fault::{At, Fault};
use ids::AccountId;
use prost::Message;
use prost_types::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use store::page::{Page, Sizes};

/// Of every list of this service.
const SIZES: Sizes = Sizes {
    default: 100,
    max: 1000,
};

/// A request with pages.
pub(super) trait Paged: Message + Clone + Default {
    /// The method, so that a token of one is refused by another.
    const METHOD: &'static str;

    /// How many rows, and after which; both taken out, so that what is left decides which rows
    /// come in what order.
    fn take_page(&mut self) -> (i32, String);
}

/// Reads the page that a request asks for. The reach of the caller is no part of what the token is
/// bound to: it narrows every page by itself.
pub(super) fn page<C, R>(account: AccountId, request: &R) -> Result<Page<C>, Fault>
where
    C: Serialize + DeserializeOwned,
    R: Paged,
{
    let mut filter = request.clone();
    let (size, token) = filter.take_page();
    let (tenant, filter) = (account.uuid(), filter.encode_to_vec());
    let page = Page::read(
        size,
        &token,
        SIZES,
        &[R::METHOD.as_bytes(), tenant.as_bytes(), &filter],
    );
    Ok(page?)
}

/// A moment, if it is given; what is not one is reported.
pub(super) fn moment(
    at: &mut At<'_>,
    field: &str,
    time: Option<Timestamp>,
) -> Option<DateTime<Utc>> {
    let time = time?;
    // The years of RFC 3339, which Timestamp is bound to; Postgres keeps them too.
    const YEARS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
    let nanos = u32::try_from(time.nanos)
        .ok()
        .filter(|nanos| *nanos < 1_000_000_000);
    let moment = nanos
        .filter(|_| YEARS.contains(&time.seconds))
        .and_then(|nanos| DateTime::from_timestamp(time.seconds, nanos));
    if moment.is_none() {
        at.field(
            field,
            "must be between the years 1 and 9999, with 0 to 999999999 nanoseconds",
        );
    }
    moment
}

/// A start and an end that may be missing; together they must not be the wrong way round.
pub(super) fn span(
    at: &mut At<'_>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    let (start, end) = (moment(at, "start_time", start), moment(at, "end_time", end));
    if let (Some(start), Some(end)) = (start, end) {
        at.must(start < end, "end_time", "must be after start_time");
    }
    (start, end)
}

/// A text to compare with, if it is not empty.
pub(super) fn text(at: &mut At<'_>, field: &str, text: &str) -> Option<String> {
    const LONGEST: usize = 512;
    // Postgres refuses NUL; nothing that is stored is longer.
    let fits = at.must(
        text.len() <= LONGEST && !text.contains('\0'),
        field,
        format_args!("must have at most {LONGEST} bytes and no NUL"),
    );
    (fits && !text.is_empty()).then(|| text.to_owned())
}

/// An id, if it is not empty.
pub(super) fn id<Id>(at: &mut At<'_>, field: &str, text: &str) -> Option<Id>
where
    Id: std::str::FromStr<Err: std::fmt::Display>,
{
    if text.is_empty() {
        None
    } else {
        at.parse(field, text)
    }
}

/// A list of ids.
pub(super) fn ids<Id>(at: &mut At<'_>, field: &str, texts: &[String]) -> Vec<Id>
where
    Id: std::str::FromStr<Err: std::fmt::Display>,
{
    const MOST: usize = 1000;
    if !at.must(
        texts.len() <= MOST,
        field,
        format_args!("must have at most {MOST} entries"),
    ) {
        return Vec::new();
    }
    let mut ids = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        match text.parse() {
            Ok(id) => ids.push(id),
            Err(error) => at.index(field, index).here(error),
        }
    }
    ids
}
