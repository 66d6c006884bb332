//! Bodies that are watched, ended or limited on their way.

mod end;
mod frames;
mod observe;

pub(crate) use end::end_at;
pub(crate) use frames::limit_messages;
pub(crate) use observe::observe;
