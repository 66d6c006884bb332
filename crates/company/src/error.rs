use tonic::Status;

/// Why a step did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum CompanyError {
    /// A service said no.
    #[error("cannot {step}: {status}")]
    Refused {
        /// What was tried, as a verb.
        step: &'static str,
        /// What it answered.
        status: Box<Status>,
    },
    /// An answer without what it must have.
    #[error("the answer to {0} is incomplete")]
    Incomplete(&'static str),
    /// An address is no address.
    #[error(transparent)]
    Address(#[from] rpc::client::Error),
}

impl CompanyError {
    pub(crate) fn during(step: &'static str) -> impl FnOnce(Status) -> Self {
        move |status| Self::Refused {
            step,
            status: Box::new(status),
        }
    }

    /// What the service answered, if it answered.
    pub fn status(&self) -> Option<&Status> {
        match self {
            Self::Refused { status, .. } => Some(status),
            Self::Incomplete(_) | Self::Address(_) => None,
        }
    }
}
