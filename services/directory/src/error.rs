//! Every way in which directory fails, and what each looks like on the wire.

use access::Permission;
use api::{access::v1::ErrorReason as Shared, directory::v1::ErrorReason as Reason};
use fault::{Fault, Violations};
use ids::{ExtensionId, SplitId, UserId};
use sea_orm::DbErr;
use store::{StoreError, replay::ReplayError};

use crate::{
    domain::{
        key::{Key, Kind},
        loops,
        split::{Step, outlook::Obstacle},
    },
    peers::identity::Unreachable,
    store::Unreadable,
};

/// What stops a use case.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request itself is wrong.
    #[error("the request is invalid")]
    Fields(Violations),
    /// Nothing was ever configured in this account.
    #[error("no such account has a plan")]
    AccountNotFound,
    /// The right does not reach that far.
    #[error("the permission is missing")]
    PermissionMissing(Permission),
    /// Not in this account, or not to be seen.
    #[error("there is no such {} in this account", .0.name().replace('_', " "))]
    NotFound(Kind),
    /// The number is nobody's.
    #[error("the number belongs to no account")]
    NumberUnknown,
    /// A field names something that does not exist.
    #[error("{field} names {target}, which does not exist")]
    TargetNotFound {
        /// Full path of the field.
        field: String,
        /// What it names.
        target: Key,
    },
    /// Callers would go in a circle.
    #[error("callers would go in a circle: {}", loops::spelled_out(.0))]
    RoutingLoop(Vec<Key>),
    /// Something leads to what was to be deleted.
    #[error("{0} leads to it")]
    InUse(Key),
    /// The person has an extension.
    #[error("the person has an extension already")]
    ExtensionExists(ExtensionId),
    /// Another extension has the short number.
    #[error("another extension has this short number")]
    ShortNumberTaken,
    /// The number is in use in the mesh.
    #[error("the number is in use")]
    NumberTaken,
    /// No such person, or not INVITED or ACTIVE.
    #[error("there is no such person, or they have left")]
    PersonNotFound(UserId),
    /// Nothing of theirs could ring.
    #[error("{field} names a person without an extension")]
    PersonWithoutExtension {
        /// Full path of the field.
        field: String,
        /// Who.
        person: UserId,
    },
    /// Somebody else was faster.
    #[error("the etag is not the current one")]
    EtagMismatch,
    /// Not in this account.
    #[error("there is no such split in this account")]
    SplitNotFound,
    /// It is no longer what was planned for.
    #[error("the configuration has changed since the plan was made")]
    SplitPlanChanged,
    /// Not possible as things are.
    #[error("the split cannot begin: {}", .0.first().map(ToString::to_string).unwrap_or_default())]
    SplitConflict(Vec<Obstacle>),
    /// One at a time.
    #[error("the person is being split already")]
    SplitInProgress(SplitId),
    /// Somebody else has to mend something first.
    #[error("the split stops at {}: {reason}", .step.name())]
    SplitStepRefused {
        /// Which.
        split: SplitId,
        /// Where.
        step: Step,
        /// What stands in the way.
        reason: String,
    },
    /// Identity did not answer a question.
    #[error(transparent)]
    Identity(#[from] Unreachable),
    /// Postgres.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A repeated request.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// A row that says what the domain never wrote.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// A notification that has no text form.
    #[error("a notification could not be written")]
    Notification(#[from] serde_json::Error),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        StoreError::from(error).into()
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::Fields(violations) => Self::invalid(Shared::FieldsInvalid, violations),
            Error::AccountNotFound => Self::not_found(Reason::AccountNotFound, text),
            Error::PermissionMissing(permission) => {
                let name = access::permission::name(permission);
                Self::denied(
                    Shared::PermissionMissing,
                    format!("the permission {name} is missing"),
                )
                .with("permission", name)
            }
            Error::NotFound(kind) => Self::not_found(absent(kind), text),
            Error::NumberUnknown => Self::not_found(Reason::NumberNotFound, text),
            Error::TargetNotFound { field, target } => {
                Self::failed_precondition(Reason::TargetNotFound, text)
                    .with("field", field)
                    .with("target", target)
            }
            Error::RoutingLoop(circle) => Self::failed_precondition(Reason::RoutingLoop, text)
                .with("loop", loops::spelled_out(&circle)),
            Error::InUse(user) => {
                Self::failed_precondition(Reason::InUse, text).with("used_by", user)
            }
            Error::ExtensionExists(id) => {
                Self::already_exists(Reason::ExtensionExists, text).with("extension_id", id)
            }
            Error::ShortNumberTaken => Self::already_exists(Reason::ShortNumberTaken, text),
            Error::NumberTaken => Self::already_exists(Reason::NumberTaken, text),
            Error::PersonNotFound(person) => {
                Self::failed_precondition(Reason::PersonNotFound, text).with("person_id", person)
            }
            Error::PersonWithoutExtension { field, person } => {
                Self::failed_precondition(Reason::PersonWithoutExtension, text)
                    .with("field", field)
                    .with("person_id", person)
            }
            Error::EtagMismatch => Self::aborted(Shared::EtagMismatch, text),
            Error::SplitNotFound => Self::not_found(Reason::SplitNotFound, text),
            Error::SplitPlanChanged => Self::aborted(Reason::SplitPlanChanged, text),
            Error::SplitConflict(obstacles) => {
                let mut violations = Violations::new();
                let mut reasons: Vec<_> = obstacles.iter().map(Obstacle::reason).collect();
                reasons.dedup();
                for obstacle in &obstacles {
                    violations.root().field(&obstacle.field(), obstacle);
                }
                Self::failed_precondition(Reason::SplitConflict, text)
                    .with("reasons", reasons.join(", "))
                    .about(violations)
            }
            Error::SplitInProgress(split) => {
                Self::failed_precondition(Reason::SplitInProgress, text).with("split_id", split)
            }
            Error::SplitStepRefused {
                split,
                step,
                reason,
            } => Self::failed_precondition(Reason::SplitStepRefused, text)
                .with("split_id", split)
                .with("step", step.name())
                .with("reason", reason),
            Error::Identity(error) => error.into(),
            Error::Store(error) => error.into(),
            Error::Replay(error) => error.into(),
            Error::Unreadable(_) | Error::Notification(_) => Self::internal(error),
        }
    }
}

impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        Fault::from(error).into()
    }
}

/// What is said of a resource that is not there.
const fn absent(kind: Kind) -> Reason {
    match kind {
        Kind::Extension => Reason::ExtensionNotFound,
        Kind::Number => Reason::NumberNotFound,
        Kind::RingGroup => Reason::RingGroupNotFound,
        Kind::Queue => Reason::QueueNotFound,
        Kind::Menu => Reason::MenuNotFound,
        Kind::Schedule => Reason::ScheduleNotFound,
    }
}
