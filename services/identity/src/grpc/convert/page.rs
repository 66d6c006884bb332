//! Pages of a list.

use ::store::page::{Page, Sizes};
use fault::Fault;
use serde::{Serialize, de::DeserializeOwned};

/// Reads `page_size` and `page_token`. `question` names the method, the tenant and the filter.
pub(in crate::grpc) fn read<C: Serialize + DeserializeOwned>(
    size: i32,
    token: &str,
    sizes: Sizes,
    question: &[&str],
) -> Result<Page<C>, Fault> {
    let question: Vec<&[u8]> = question.iter().map(|part| part.as_bytes()).collect();
    Ok(Page::read(size, token, sizes, &question)?)
}
