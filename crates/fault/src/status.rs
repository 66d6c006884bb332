//! The one place where a fault becomes a gRPC status.

use std::{error::Error, sync::Arc};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

use crate::{Fault, Reason};

impl From<Fault> for Status {
    fn from(fault: Fault) -> Self {
        log(&fault);
        let parts = *fault.0;
        let metadata = parts
            .metadata
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value));
        let mut details = ErrorDetails::with_error_info(
            parts.reason.name(),
            parts.reason.domain(),
            metadata.collect::<std::collections::HashMap<_, _>>(),
        );
        if !parts.violations.is_empty() {
            let fields = parts.violations.into_iter();
            details.set_bad_request(
                fields
                    .map(|wrong| FieldViolation::new(wrong.field, wrong.description))
                    .collect::<Vec<_>>(),
            );
        }
        if let Some(wait) = parts.retry_after {
            details.set_retry_info(Some(wait));
        }
        let mut status = Self::with_error_details(parts.code, parts.message, details);
        if let Some(cause) = parts.cause {
            status.set_source(Arc::from(cause));
        }
        status
    }
}

/// A client's mistake is the client's business; ours is logged, with every cause.
fn log(fault: &Fault) {
    let reason = fault.reason();
    let cause = causes(fault);
    match fault.code() {
        Code::Internal | Code::Unknown | Code::DataLoss => {
            tracing::error!(%reason, cause, "request failed");
        }
        Code::Unavailable => tracing::warn!(%reason, cause, "request refused"),
        _ => tracing::debug!(%reason, cause, message = fault.message(), "request refused"),
    }
}

fn causes(fault: &Fault) -> String {
    let mut chain = Vec::new();
    let mut next = fault.source();
    while let Some(error) = next {
        chain.push(error.to_string());
        next = error.source();
    }
    chain.join(": ")
}

#[cfg(test)]
mod tests {
    use std::{io, time::Duration};

    use super::*;
    use crate::{ReasonCode, Violations};

    /// What prost makes of a proto `ErrorReason`.
    #[derive(Clone, Copy)]
    enum ErrorReason {
        QueueFull,
    }

    impl ErrorReason {
        fn as_str_name(&self) -> &'static str {
            match self {
                Self::QueueFull => "ERROR_REASON_QUEUE_FULL",
            }
        }
    }

    crate::reasons!(ErrorReason, "routing.strowger.dev");

    #[test]
    fn the_client_gets_reason_metadata_and_when_to_retry() {
        let status = Status::from(
            Fault::exhausted(ErrorReason::QueueFull, "the queue is full")
                .with("limit", 50)
                .retry_after(Duration::from_secs(3)),
        );
        assert_eq!(status.code(), Code::ResourceExhausted);
        assert_eq!(status.message(), "the queue is full");
        let details = status.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!(
            (info.reason.as_str(), info.domain.as_str()),
            ("QUEUE_FULL", "routing.strowger.dev")
        );
        assert_eq!(info.metadata["limit"], "50");
        assert_eq!(
            details.retry_info().unwrap().retry_delay,
            Some(Duration::from_secs(3))
        );
    }

    #[test]
    fn violations_become_a_bad_request() {
        let mut violations = Violations::new();
        violations
            .root()
            .at("queue")
            .field("name", "must not be empty");
        let fault = Fault::invalid(ReasonCode::new("d", "INVALID_FIELD"), violations);
        let details = Status::from(fault).get_error_details();
        let wrong = &details.bad_request().unwrap().field_violations[0];
        assert_eq!(
            (wrong.field.as_str(), wrong.description.as_str()),
            ("queue.name", "must not be empty")
        );
    }

    #[test]
    fn causes_stay_inside() {
        let secret = "postgres://app:hunter2@db refused";
        for fault in [
            Fault::internal(io::Error::other(secret)),
            Fault::lost("postgres", secret),
        ] {
            let status = Status::from(fault);
            assert_eq!(status.source().unwrap().to_string(), secret);
            assert!(!status.message().contains("hunter2"));
            assert!(!String::from_utf8_lossy(status.details()).contains("hunter2"));
        }
    }
}
