//! The wire: translate, call the use case, translate.

mod audit;
mod call_record;
mod convert;
mod request;
mod statistics;

pub use audit::Audit;
pub use call_record::CallRecords;
pub use statistics::Statistics;
