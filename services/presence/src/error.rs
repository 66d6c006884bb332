use std::time::Duration;

use ids::CallId;
use live::LiveError;

use crate::live::Corrupt;

/// Why presence did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The directory knows no such account.
    #[error("no such account")]
    AccountUnknown,
    /// No such person with an extension in this account.
    #[error("no such person")]
    PersonUnknown,
    /// The person, or their company, is suspended.
    #[error("the person is suspended")]
    PersonSuspended,
    /// Not a device of the person.
    #[error("no such device")]
    DeviceUnknown,
    /// No such queue in this account.
    #[error("no such queue")]
    QueueUnknown,
    /// The person is not a dynamic member of the queue.
    #[error("not a dynamic member of the queue")]
    NotAMember,
    /// The offer was answered, withdrawn, or has ended.
    #[error("the offer is over")]
    OfferGone,
    /// Another call holds the person.
    #[error("held by {held_by}")]
    PersonBusy {
        /// Which.
        held_by: CallId,
    },
    /// There is a later grant than the one the caller knows.
    #[error("there is a later grant")]
    TokenStale,
    /// Redis has changed its history; locks are being confirmed.
    #[error("the partition opens in {wait:?}")]
    PartitionOpening {
        /// How long until grants can be made again.
        wait: Duration,
    },
    /// A newer plan of the account is being applied.
    #[error("a newer plan is being applied")]
    PlanStale,
    /// Changes after the resume token are no longer kept.
    #[error("the resume token is too old")]
    ResumeTooOld,
    /// The reader of a stream did not keep up.
    #[error("the reader is too slow")]
    ReaderTooSlow,
    /// The directory did not answer.
    #[error("the directory is unavailable")]
    Directory(#[source] Box<tonic::Status>),
    /// The directory's plan is not a plan.
    #[error("the plan is broken: {0}")]
    Plan(String),
    /// Redis.
    #[error(transparent)]
    Live(LiveError),
    /// What is in Redis is not what the scripts write.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
    /// A script answered in another shape than its header says.
    #[error("the script {0} answered in another shape")]
    Answer(&'static str),
}

/// What the scripts refuse, by the codes in their headers.
impl From<LiveError> for Error {
    fn from(error: LiveError) -> Self {
        let LiveError::Refused { code, text } = &error else {
            return Self::Live(error);
        };
        match code.as_str() {
            "PERSON_UNKNOWN" => Self::PersonUnknown,
            "PERSON_SUSPENDED" => Self::PersonSuspended,
            "DEVICE_UNKNOWN" => Self::DeviceUnknown,
            "QUEUE_UNKNOWN" => Self::QueueUnknown,
            "NOT_A_MEMBER" => Self::NotAMember,
            "OFFER_GONE" => Self::OfferGone,
            "PERSON_BUSY" => match text.parse() {
                Ok(held_by) => Self::PersonBusy { held_by },
                Err(_) => Self::Live(error),
            },
            "TOKEN_STALE" => Self::TokenStale,
            // How long is known to the script that opens, not to the one that found it closed.
            "PARTITION_OPENING" => Self::PartitionOpening {
                wait: Duration::ZERO,
            },
            "PLAN_STALE" => Self::PlanStale,
            _ => Self::Live(error),
        }
    }
}
