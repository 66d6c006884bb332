//! A request whose bytes are no message of its method. tonic answers INTERNAL,
//! as if we had failed; it is the sender who did, and can be told where.

use api::access::v1::ErrorReason;
use fault::{Fault, Violations};
use http::Response;
use tonic::{Code, Status};

/// What prost begins with.
const UNDECODED: &str = "failed to decode Protobuf message: ";

/// The fault to answer instead, if that is what happened. A handler's own
/// INTERNAL has details; tonic's has none.
pub(crate) fn malformed<B>(response: &Response<B>) -> Option<Fault> {
    // Nearly every answer leaves here.
    response
        .headers()
        .get("grpc-status")
        .filter(|code| *code == "13")?;
    let status = Status::from_header_map(response.headers())?;
    if status.code() != Code::Internal || !status.details().is_empty() {
        return None;
    }
    let (path, why) = path(status.message().strip_prefix(UNDECODED)?);
    let mut violations = Violations::new();
    violations
        .root()
        .field(&path, format!("cannot be decoded: {why}"));
    violations.check(ErrorReason::FieldsInvalid).err()
}

/// `Outer.inner: Inner.name: why` names the field `inner.name`.
fn path(text: &str) -> (String, &str) {
    let mut path = Vec::new();
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once(": ")
        && let Some((_, field)) = head.split_once('.')
        && !head.contains(' ')
    {
        path.push(field);
        rest = tail;
    }
    (path.join("."), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sender_is_told_which_field() {
        let status = Status::internal(format!(
            "{UNDECODED}CreateQueueRequest.queue: Queue.display_name: not UTF-8"
        ));
        let fault = malformed(&status.into_http::<()>()).unwrap();
        let status = Status::from(fault);
        assert_eq!(status.code(), Code::InvalidArgument);
        let fields = tonic_types::StatusExt::get_details_bad_request(&status)
            .unwrap()
            .field_violations;
        assert_eq!(fields[0].field, "queue.display_name");
        assert!(fields[0].description.ends_with("not UTF-8"));
    }

    #[test]
    fn an_error_of_ours_stays_ours() {
        assert!(malformed(&Status::internal("the disk is on fire").into_http::<()>()).is_none());
        assert!(malformed(&Status::not_found(UNDECODED).into_http::<()>()).is_none());
    }
}
