use api::access::v1::ErrorReason;
use fault::ReasonCode;

/// A mesh-wide reason, in the domain that its proto documents.
pub(crate) fn code(reason: ErrorReason) -> ReasonCode {
    let name = reason.as_str_name();
    ReasonCode::new(
        "strowger.dev",
        name.strip_prefix("ERROR_REASON_").unwrap_or(name),
    )
}
