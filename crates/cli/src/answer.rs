//! What a service answered, in words for people.

use anyhow::anyhow;
use company::CompanyError;
use tonic::{Code, Response, Status};
use tonic_types::StatusExt as _;

/// Says what was being done when a service refused.
pub(crate) trait Doing<T> {
    /// The message of the answer, or one line: `cannot invite Ada: EMAIL_TAKEN: …`.
    fn doing(self, what: &str) -> anyhow::Result<T>;
}

impl<T> Doing<T> for Result<Response<T>, Status> {
    fn doing(self, what: &str) -> anyhow::Result<T> {
        self.map(Response::into_inner)
            .map_err(|status| refusal(what, &status))
    }
}

/// One line with the reason, the message and every field that was wrong.
pub(crate) fn refusal(what: &str, status: &Status) -> anyhow::Error {
    let mut text = match reason(status) {
        Some(reason) => format!("{reason}: {}", status.message()),
        None => format!("{}: {}", code_name(status.code()), status.message()),
    };
    if let Some(bad) = status.get_details_bad_request() {
        for violation in bad.field_violations {
            text.push_str(&format!("; {}: {}", violation.field, violation.description));
        }
    }
    anyhow!("cannot {what}: {text}")
}

/// The reason of the mesh's own errors, for example `CALL_RECORD_NOT_FOUND`.
pub(crate) fn reason(status: &Status) -> Option<String> {
    status.get_details_error_info().map(|info| info.reason)
}

/// The whole chain of an error, without line breaks.
pub(crate) fn one_line(error: &anyhow::Error) -> String {
    let text = match error.downcast_ref() {
        Some(CompanyError::Refused { step, status }) => refusal(step, status).to_string(),
        _ => error.chain().fold(String::new(), told),
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Some errors tell their cause themselves; nobody wants to hear it twice.
fn told(so_far: String, cause: &(dyn std::error::Error + 'static)) -> String {
    let cause = cause.to_string();
    match so_far.as_str() {
        "" => cause,
        text if text.contains(&cause) => so_far,
        text => format!("{text}: {cause}"),
    }
}

fn code_name(code: Code) -> String {
    let spaced = format!("{code:?}")
        .chars()
        .fold(String::new(), |mut name, letter| {
            if letter.is_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.extend(letter.to_uppercase());
            name
        });
    match code {
        Code::Unavailable => format!("{spaced} (is the mesh up? run: strowger up)"),
        _ => spaced,
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::{ErrorDetails, StatusExt as _};

    use super::*;

    #[test]
    fn a_refusal_names_the_reason_and_the_fields() {
        let mut details = ErrorDetails::new();
        details.set_error_info("FIELDS_INVALID", "identity.strowger.dev", []);
        details.add_bad_request_violation("user.email", "must have an @");
        let status =
            Status::with_error_details(Code::InvalidArgument, "some fields are wrong", details);
        let text = refusal("invite Ada", &status).to_string();
        let expected =
            "cannot invite Ada: FIELDS_INVALID: some fields are wrong; user.email: must have an @";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_cause_that_was_told_is_not_told_again() {
        let cause = anyhow!("connection\nrefused");
        let error = cause
            .context("no database")
            .context("cannot start: no database");
        assert_eq!(
            one_line(&error),
            "cannot start: no database: connection refused"
        );
    }

    #[test]
    fn a_plain_status_has_its_code() {
        let text = refusal("ask", &Status::deadline_exceeded("too late")).to_string();
        assert_eq!(text, "cannot ask: DEADLINE_EXCEEDED: too late");
    }
}
