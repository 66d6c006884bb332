//! Everything that can go wrong with a request, and the one place that says what the client
//! hears of it.

use api::{access, routing::v1::ErrorReason};
use fault::Fault;
use live::LiveError;

use crate::{live::call::StoreError, peers::plans::PlanError};

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The request itself is wrong.
    #[error(transparent)]
    Invalid(#[from] Fault),
    /// No account has the number that was dialled.
    #[error("no account has this number")]
    NumberUnknown,
    /// There is no such call, or the caller of the method may not know of it.
    #[error("there is no such call")]
    CallNotFound,
    /// The call has no such leg.
    #[error("the call has no such leg")]
    LegNotFound,
    /// The state of the call does not allow it.
    #[error("the call is {state}: {why}")]
    StateConflict {
        /// The state, as the API names it.
        state: &'static str,
        /// What is in the way.
        why: &'static str,
    },
    /// There is no such queue in the account.
    #[error("there is no such queue")]
    QueueUnknown,
    /// Others changed the call each time this request tried to.
    #[error("the call changed too often")]
    Contended,
    /// The account's plan is not at hand.
    #[error("the plan is not at hand")]
    Plan(#[source] PlanError),
    /// A later Attach took the edge's commands over.
    #[error("another stream of this edge took over")]
    Superseded,
    /// A page token of another list.
    #[error("the page token is not one of this list")]
    PageToken,
    /// Redis.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The work on a request was cut off.
    #[error("the work was cut off")]
    CutOff,
    /// Presence has not yet said who has the call.
    #[error("presence has not decided yet")]
    Undecided,
}

impl From<LiveError> for Error {
    fn from(error: LiveError) -> Self {
        Self::Store(error.into())
    }
}

impl From<PlanError> for Error {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Unknown => Self::NumberUnknown,
            error => Self::Plan(error),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(fault) => fault,
            Error::NumberUnknown => {
                Self::not_found(ErrorReason::NumberUnknown, "no account has this number")
            }
            Error::CallNotFound => {
                Self::not_found(ErrorReason::CallNotFound, "there is no such call")
            }
            Error::LegNotFound => {
                Self::not_found(ErrorReason::LegNotFound, "the call has no such leg")
            }
            Error::StateConflict { state, why } => Self::failed_precondition(
                ErrorReason::CallStateConflict,
                format!("the state of the call does not allow this: {why}"),
            )
            .with("state", state),
            Error::QueueUnknown => {
                Self::not_found(ErrorReason::QueueUnknown, "there is no such queue")
            }
            Error::Contended => Self::aborted(
                ErrorReason::CallContended,
                "the call changed too often meanwhile, repeat the request",
            ),
            Error::Plan(cause) => Self::unavailable(
                ErrorReason::PlanUnavailable,
                "the plan of the account is not at hand, try again",
            )
            .caused_by(cause),
            Error::Superseded => Self::aborted(
                access::v1::ErrorReason::Draining,
                "a later Attach of this edge has taken over",
            ),
            Error::PageToken => Self::field(
                access::v1::ErrorReason::PageTokenInvalid,
                "page_token",
                "must be the next_page_token of an answer to the same query",
            ),
            Error::Store(StoreError::Live(error)) => error.into(),
            Error::Store(
                error @ (StoreError::Unreadable { .. }
                | StoreError::Unwritable(_)
                | StoreError::Arrival(_)),
            ) => Self::internal(error),
            Error::CutOff => Self::internal(error),
            Error::Undecided => Self::lost("presence", error),
        }
    }
}

impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        Fault::from(error).into()
    }
}
