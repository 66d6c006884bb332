//! Messages ⇄ domain, and nothing else.
//!
//! [`Wire`] is what a resource needs to travel. A create reads a whole message; an update lays the
//! masked fields over the message of what is there and reads the result, so both meet the same
//! checks and the same defaults, and a masked field without a value is back at its default.

mod duration;
mod extension;
mod menu;
mod number;
mod plan;
mod queue;
mod ring_group;
mod schedule;
mod split;
mod target;
mod time;

use access::Permission;
use fault::{At, Violations};
use prost_types::FieldMask;

pub(super) use plan::{dead_end, news, plan};
pub(super) use schedule::{change, forced};
pub(super) use split::{split, split_plan, wish};
pub(super) use target::destination;
pub(super) use time::optional_instant;

use crate::{
    app::edit::Ground,
    domain::resource::{Record, Resource},
    error::Error,
};

/// A resource that travels.
pub(super) trait Wire: Resource {
    /// As what.
    type Message: prost::Message + Clone + Default + 'static;

    /// The field of its id.
    const ID: &'static str;
    /// The right to change it.
    const MANAGE: Permission;

    /// Which resource a client means, and the etag that it has seen.
    fn seen(message: &Self::Message) -> (&str, &str);

    /// The resource for clients.
    fn message(record: &Record<Self>) -> Self::Message;

    /// Checks a message and applies the defaults. `None` has been reported at `at`.
    fn read(message: Self::Message, ground: &Ground<'_, Self>, at: &mut At<'_>) -> Option<Self>;

    /// Copies one field that clients may change; false if there is no such field.
    fn copy(field: &str, from: &Self::Message, to: &mut Self::Message) -> bool;
}

/// The settings of a new resource.
pub(super) fn new<R: Wire>(
    message: Option<R::Message>,
) -> impl Fn(&Ground<'_, R>) -> Result<R, Error> + Send + Sync {
    move |ground| {
        let mut violations = Violations::new();
        let mut root = violations.root();
        let message = root.required(R::KIND.name(), message.clone());
        let read =
            message.and_then(|message| R::read(message, ground, &mut root.at(R::KIND.name())));
        finish(violations, read)
    }
}

/// The settings after an update.
pub(super) fn changed<R: Wire>(
    message: R::Message,
    mask: Option<FieldMask>,
) -> impl Fn(&Ground<'_, R>) -> Result<R, Error> + Send + Sync {
    let paths = mask.map(|mask| mask.paths).unwrap_or_default();
    move |ground| {
        let mut violations = Violations::new();
        let mut root = violations.root();
        let mut merged = ground.current.map(R::message).unwrap_or_default();
        let mut fits = root.must(
            !paths.is_empty(),
            "update_mask",
            "must name the fields to change",
        );
        for (index, path) in paths.iter().take(MAX_PATHS).enumerate() {
            if !R::copy(path, &message, &mut merged) {
                fits = false;
                root.at("update_mask")
                    .index("paths", index)
                    .here("must be a field that can be changed");
            }
        }
        fits &= root.must(
            paths.len() <= MAX_PATHS,
            "update_mask.paths",
            format!("must be at most {MAX_PATHS}"),
        );
        // Checked only if it is clear what was meant.
        let read = fits
            .then(|| R::read(merged, ground, &mut root.at(R::KIND.name())))
            .flatten();
        finish(violations, read)
    }
}

/// More than any resource has fields.
const MAX_PATHS: usize = 100;

fn finish<T>(violations: Violations, read: Option<T>) -> Result<T, Error> {
    match read {
        Some(read) if violations.is_empty() => Ok(read),
        _ => Err(Error::Fields(violations)),
    }
}

/// Copies the field with this name, or answers false.
macro_rules! copy_field {
    ($name:expr, $from:ident => $to:ident: $($field:ident),+ $(,)?) => {
        match $name {
            $(stringify!($field) => {
                $to.$field.clone_from(&$from.$field);
                true
            })+
            _ => false,
        }
    };
}
use copy_field;

/// The enum value behind a number, where 0 stands for `default`.
fn choice<W: TryFrom<i32>, D>(
    at: &mut At<'_>,
    field: &str,
    number: i32,
    convert: impl FnOnce(W) -> Option<D>,
) -> Option<D> {
    let found = W::try_from(number).ok().and_then(convert);
    if found.is_none() {
        at.field(field, "must be one of the named values");
    }
    found
}

/// Whether a list has at most `max` entries; the rest is not even looked at otherwise.
fn at_most(at: &mut At<'_>, field: &str, length: usize, max: usize) -> bool {
    at.must(
        length <= max,
        field,
        format!("must have at most {max} entries"),
    )
}

/// A small count where 0 stands for `default`.
fn count(
    at: &mut At<'_>,
    field: &str,
    value: u32,
    range: std::ops::RangeInclusive<u8>,
    default: u8,
) -> Option<u8> {
    if value == 0 {
        return Some(default);
    }
    let found = u8::try_from(value)
        .ok()
        .filter(|value| range.contains(value));
    if found.is_none() {
        at.field(
            field,
            format!(
                "must be {} to {}, or 0 for {default}",
                range.start(),
                range.end()
            ),
        );
    }
    found
}

/// An id that may be missing. `None` has been reported.
fn optional<T>(at: &mut At<'_>, field: &str, text: &str) -> Option<Option<T>>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    if text.is_empty() {
        Some(None)
    } else {
        at.parse(field, text).map(Some)
    }
}
