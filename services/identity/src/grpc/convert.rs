//! Proto ⇄ domain. Violations carry the full path of the field.

pub(super) mod account;
pub(super) mod grant;
pub(super) mod page;
pub(super) mod revocation;
pub(super) mod role;
pub(super) mod service_key;
pub(super) mod session;
pub(super) mod sharing;
pub(super) mod user;

use chrono::{DateTime, Utc};
use fault::At;
use prost_types::{FieldMask, Timestamp};

/// An instant on the wire.
pub(super) fn timestamp(at: DateTime<Utc>) -> Option<Timestamp> {
    Some(Timestamp {
        seconds: at.timestamp(),
        nanos: at.timestamp_subsec_nanos().cast_signed(),
    })
}

/// Which fields to change: at least one, and only such as can be.
pub(super) struct Mask<'a>(&'a [String]);

impl<'a> Mask<'a> {
    pub(super) fn read(
        at: &mut At<'_>,
        mask: Option<&'a FieldMask>,
        known: &[&str],
    ) -> Option<Self> {
        let paths = &at.required("update_mask", mask)?.paths;
        let list = known.join(", ");
        let named = at.must(
            !paths.is_empty(),
            "update_mask",
            format_args!("must name at least one of {list}"),
        );
        let all_known = paths.iter().all(|path| known.contains(&path.as_str()));
        let fits = at.must(
            all_known,
            "update_mask",
            format_args!("may only name {list}"),
        );
        (named && fits).then_some(Self(paths))
    }

    /// Whether the field is to be changed.
    pub(super) fn has(&self, field: &str) -> bool {
        self.0.iter().any(|path| path == field)
    }
}

/// The parsed field if the mask names it; `Err` has been reported.
pub(super) fn masked<T>(
    at: &mut At<'_>,
    mask: &Mask<'_>,
    field: &str,
    text: &str,
) -> Option<Option<T>>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    if mask.has(field) {
        at.parse(field, text).map(Some)
    } else {
        Some(None)
    }
}

/// The etag of what is edited.
pub(super) fn etag(at: &mut At<'_>, etag: String) -> Option<String> {
    at.must(!etag.is_empty(), "etag", "must be the etag that was read")
        .then_some(etag)
}
