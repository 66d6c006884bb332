//! What a client is told when a request fails, and what the log is told.
//!
//! A [`Fault`] is a gRPC status in the making: a code, a [`Reason`] that programs can match, a
//! message for people, metadata, field [`Violations`], when to try again. The cause is a field
//! of its own that goes to the log and never into the message. `Status::from(fault)` writes
//! `google.rpc.ErrorInfo`, `BadRequest` and `RetryInfo` into the status details and logs
//! failures of ours once, in the span of the request.
//!
//! A service turns its own error enum into faults in exactly one exhaustive `match`:
//!
//! ```
//! # use fault::{Fault, ReasonCode};
//! # const QUEUE_NOT_FOUND: ReasonCode = ReasonCode::new("directory.strowger.dev", "QUEUE_NOT_FOUND");
//! # fn demo(queue: &str) -> Fault {
//! Fault::not_found(QUEUE_NOT_FOUND, "there is no such queue").with("queue_id", queue)
//! # }
//! ```
//!
//! Requests are checked with [`Violations`], which name every bad field by its full path at
//! once.
//!
//! This crate knows no service and no proto. To make a proto's `ErrorReason` enum a [`Reason`],
//! add one line beside it: `fault::reasons!(ErrorReason, "directory.strowger.dev");`.

mod reason;
mod status;
mod violations;

use std::{collections::BTreeMap, error::Error, fmt, time::Duration};

pub use reason::{DEPENDENCY_UNAVAILABLE, INTERNAL, Reason, ReasonCode};
pub use tonic::Code;
pub use violations::{At, Violation, Violations};

/// A boxed cause, for the log.
pub type Cause = Box<dyn Error + Send + Sync>;

/// A failed request. Boxed, so that `Result<T, Fault>` stays small.
#[derive(Debug)]
pub struct Fault(Box<Parts>);

#[derive(Debug)]
struct Parts {
    code: Code,
    reason: ReasonCode,
    message: String,
    metadata: BTreeMap<&'static str, String>,
    violations: Vec<Violation>,
    retry_after: Option<Duration>,
    cause: Option<Cause>,
}

/// One constructor per code that a handler may answer with, named by what went wrong.
macro_rules! constructors {
    ($($(#[$doc:meta])+ $name:ident => $code:ident,)+) => {
        impl Fault {
            $(
                $(#[$doc])+
                #[must_use]
                pub fn $name(reason: impl Reason, message: impl Into<String>) -> Self {
                    Self::new(Code::$code, reason, message)
                }
            )+
        }
    };
}

constructors! {
    /// `NOT_FOUND`: it does not exist, or it belongs to another tenant; the two look the same.
    not_found => NotFound,
    /// `ALREADY_EXISTS`: a unique name or number is taken.
    already_exists => AlreadyExists,
    /// `ABORTED`: somebody else changed it first (a stale etag or version). Read, then repeat.
    aborted => Aborted,
    /// `FAILED_PRECONDITION`: not in this state. Repeating does not help until the state changes.
    failed_precondition => FailedPrecondition,
    /// `UNAVAILABLE`: cannot be done now; repeating later helps. Nothing was changed.
    unavailable => Unavailable,
    /// `PERMISSION_DENIED`: known, but may not.
    denied => PermissionDenied,
    /// `UNAUTHENTICATED`: no valid token.
    unauthenticated => Unauthenticated,
    /// `RESOURCE_EXHAUSTED`: over a limit or a quota; say which in the metadata.
    exhausted => ResourceExhausted,
    /// `OUT_OF_RANGE`: past the end of what there is, such as a resume token too old to serve.
    out_of_range => OutOfRange,
    /// `DEADLINE_EXCEEDED`: the caller's time is over; it may or may not have been done.
    deadline_exceeded => DeadlineExceeded,
    /// `UNIMPLEMENTED`: this server does not do that.
    unimplemented => Unimplemented,
}

impl Fault {
    /// A fault with any code. The named constructors read better.
    #[must_use]
    pub fn new(code: Code, reason: impl Reason, message: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            code,
            reason: ReasonCode::of(&reason),
            message: message.into(),
            metadata: BTreeMap::new(),
            violations: Vec::new(),
            retry_after: None,
            cause: None,
        }))
    }

    /// `INVALID_ARGUMENT`: the request itself is wrong. See [`Violations::check`].
    #[must_use]
    pub fn invalid(reason: impl Reason, violations: Violations) -> Self {
        let mut fault = Self::new(Code::InvalidArgument, reason, violations.summary());
        fault.0.violations = violations.into_list();
        fault
    }

    /// `INVALID_ARGUMENT` because of one field.
    #[must_use]
    pub fn field(reason: impl Reason, field: &str, description: impl fmt::Display) -> Self {
        let mut violations = Violations::new();
        violations.root().field(field, description);
        Self::invalid(reason, violations)
    }

    /// `INTERNAL`: a defect of ours. The client learns nothing but that; the log gets the cause.
    #[must_use]
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::new(Code::Internal, INTERNAL, "something went wrong on our side").caused_by(cause)
    }

    /// `UNAVAILABLE` because something this service stands on is gone; `dependency` is its
    /// plain name (`redis`, `postgres`, `directory`), the only part that the client learns.
    #[must_use]
    pub fn lost(dependency: &'static str, cause: impl Into<Cause>) -> Self {
        Self::unavailable(DEPENDENCY_UNAVAILABLE, "temporarily unavailable, try again")
            .with("dependency", dependency)
            .retry_after(Duration::from_secs(1))
            .caused_by(cause)
    }

    /// Names the fields that are in the way, of a request that is well-formed and still cannot be
    /// carried out.
    #[must_use]
    pub fn about(mut self, violations: Violations) -> Self {
        self.0.violations = violations.into_list();
        self
    }

    /// Adds one entry of `ErrorInfo.metadata`. Keys are `lower_snake_case`; the client sees it.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl fmt::Display) -> Self {
        self.0.metadata.insert(key, value.to_string());
        self
    }

    /// Tells the client how long to wait before it repeats the request.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Keeps the cause for the log. The client never sees it.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Cause>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// The gRPC code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What programs match on.
    #[must_use]
    pub fn reason(&self) -> ReasonCode {
        self.0.reason
    }

    /// What people read.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The fields that were wrong, of an invalid request.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.0.violations
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({:?}): {}",
            self.0.reason.name(),
            self.0.code,
            self.0.message
        )
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0
            .cause
            .as_deref()
            .map(|cause| cause as &(dyn Error + 'static))
    }
}
