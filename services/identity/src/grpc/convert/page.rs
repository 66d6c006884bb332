//! Pages of a list.

use ::store::page::{Page, PageError, Sizes};
use api::access::v1::ErrorReason;
use fault::{Fault, Violations};
use serde::{Serialize, de::DeserializeOwned};

/// Reads `page_size` and `page_token`. `question` names the method, the tenant and the filter.
pub(in crate::grpc) fn read<C: Serialize + DeserializeOwned>(
    size: i32,
    token: &str,
    sizes: Sizes,
    question: &[&str],
) -> Result<Page<C>, Fault> {
    let question: Vec<&[u8]> = question.iter().map(|part| part.as_bytes()).collect();
    Page::read(size, token, sizes, &question).map_err(|error| {
        let (reason, field) = match error {
            PageError::Size => (ErrorReason::FieldsInvalid, "page_size"),
            PageError::Token => (ErrorReason::PageTokenInvalid, "page_token"),
        };
        let mut violations = Violations::new();
        violations.root().field(field, error);
        Fault::invalid(reason, violations)
    })
}
