//! Every way in which reporting fails, and what each looks like on the wire.

use api::reporting::v1::ErrorReason as Reason;
use fault::Fault;
use live::LiveError;
use sea_orm::DbErr;
use store::StoreError;

use crate::{live::convert::Undecodable, store::Unreadable};

/// What stops a use case.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not in this account, or not in the caller's reach.
    #[error("there is no such call record")]
    CallRecordNotFound,
    /// Another follower moved the offset first. Never leaves the follower.
    #[error("another follower was faster")]
    Overtaken,
    /// Postgres.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Redis.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// A row that says what reporting never wrote.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// A logged event that cannot be read any more.
    #[error("the log holds an event that cannot be read")]
    Log(#[from] Undecodable),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        StoreError::from(error).into()
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::CallRecordNotFound => {
                Self::not_found(Reason::CallRecordNotFound, error.to_string())
            }
            Error::Store(error) => error.into(),
            Error::Live(error) => error.into(),
            Error::Overtaken | Error::Unreadable(_) | Error::Log(_) => Self::internal(error),
        }
    }
}

impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        Fault::from(error).into()
    }
}
