//! The gRPC face: requests become questions and inputs, answers become messages. No decisions.

mod call;
pub(crate) mod convert;
mod edge;
mod request;
mod waiting_line;

pub(crate) use call::Calls;
pub(crate) use edge::Edges;
pub(crate) use waiting_line::WaitingLines;
