//! Bodies that are watched, ended or limited on their way.

mod end;
mod frames;
mod malformed;
mod observe;

pub(crate) use end::end_at;
pub(crate) use frames::limit_messages;
pub(crate) use malformed::malformed;
pub(crate) use observe::observe;
