use std::time::Duration;

use tonic::Status;

/// Why a line or an edge could not go on.
#[derive(Debug, thiserror::Error)]
pub enum EdgeError {
    /// Routing answered with an error.
    #[error("{0}")]
    Refused(Box<Status>),
    /// A command did not come in time.
    #[error("{call}: no {wanted} within {within:?}; came instead: {instead:?}")]
    Silence {
        /// Which call.
        call: String,
        /// What was waited for.
        wanted: &'static str,
        /// How long.
        within: Duration,
        /// The commands that came.
        instead: Vec<String>,
    },
}

impl From<Status> for EdgeError {
    fn from(status: Status) -> Self {
        Self::Refused(Box::new(status))
    }
}
