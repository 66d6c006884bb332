//! The one place where presence's errors become faults.

use std::time::Duration;

use api::presence::v1::ErrorReason;
use fault::Fault;

use crate::error::Error;

/// How long to wait when the end of the wait is not known.
const SOON: Duration = Duration::from_millis(250);

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::AccountUnknown => {
                Self::not_found(ErrorReason::AccountUnknown, "there is no such account")
            }
            Error::PersonUnknown => Self::not_found(
                ErrorReason::PersonUnknown,
                "there is no such person with an extension",
            ),
            Error::PersonSuspended => Self::failed_precondition(
                ErrorReason::PersonSuspended,
                "the person or their company is suspended",
            ),
            Error::DeviceUnknown => Self::not_found(
                ErrorReason::DeviceUnknown,
                "this is not a device of the person",
            ),
            Error::QueueUnknown => {
                Self::not_found(ErrorReason::QueueUnknown, "there is no such queue")
            }
            Error::NotAMember => Self::failed_precondition(
                ErrorReason::NotAMember,
                "the person is not a dynamic member of the queue",
            ),
            Error::OfferGone => Self::aborted(
                ErrorReason::OfferGone,
                "the offer was answered, withdrawn or has ended",
            ),
            Error::PersonBusy { held_by } => {
                Self::failed_precondition(ErrorReason::PersonBusy, "the person is on another call")
                    .with("held_by", held_by)
            }
            Error::TokenStale => {
                Self::aborted(ErrorReason::TokenStale, "a later grant exists; read again")
            }
            Error::PartitionOpening { wait } => Self::unavailable(
                ErrorReason::PartitionOpening,
                "locks are being confirmed after a fail-over, try again",
            )
            .retry_after(wait.max(SOON)),
            Error::ResumeTooOld => Self::out_of_range(
                ErrorReason::ResumeTooOld,
                "changes since then are no longer kept; start with a snapshot",
            ),
            Error::ReaderTooSlow => Self::aborted(
                ErrorReason::ReaderTooSlow,
                "too many changes are waiting to be read; resume with the last token",
            ),
            Error::Directory(status) => Self::lost("directory", status),
            Error::Live(error) => Self::from(error),
            // Another replica is about to finish.
            error @ Error::PlanStale => Self::lost("directory", error),
            error @ (Error::Plan(_) | Error::Corrupt(_) | Error::Answer(_)) => {
                Self::internal(error)
            }
        }
    }
}

impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        Fault::from(error).into()
    }
}
