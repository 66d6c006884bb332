//! The one place where Redis errors are sorted.

use fault::Fault;
use redis::{ErrorKind, RedisError, ServerErrorKind};

/// Why something in Redis did not happen.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The script checked its input and said no; nothing was changed. Scripts say so with
    /// `return refuse('CODE', 'text')`.
    #[error("refused: {code} {text}")]
    Refused {
        /// What the wrapper of the script matches on.
        code: String,
        /// For the log.
        text: String,
    },
    /// Redis is gone, starting, failing over or stuck. What was asked may or may not have
    /// happened: repeat it with the same operation id.
    #[error("redis is unavailable")]
    Unavailable(#[source] RedisError),
    /// Redis is full. Nothing was changed, unless the script is flagged `allow-oom`.
    #[error("redis is full")]
    Full(#[source] RedisError),
    /// A defect: a wrong type under a key, a script that failed, a missing right, an answer of
    /// another shape than expected.
    #[error("{what} failed in redis")]
    Defect {
        /// The script or command.
        what: String,
        /// What Redis or its client said.
        #[source]
        cause: RedisError,
    },
}

impl LiveError {
    /// The code of a refusal, to match on: `Err(error) if error.refusal() == Some("BUSY_USER")`.
    #[must_use]
    pub fn refusal(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// True if the same thing may work in a moment.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Full(_))
    }

    /// A short word for metrics and spans.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "refused",
            Self::Unavailable(_) => "unavailable",
            Self::Full(_) => "full",
            Self::Defect { .. } => "defect",
        }
    }

    pub(crate) fn sort(what: &str, error: RedisError) -> Self {
        use ServerErrorKind as Server;
        match error.kind() {
            ErrorKind::Io
            | ErrorKind::ClusterConnectionNotFound
            | ErrorKind::MasterNameNotFoundBySentinel
            | ErrorKind::NoValidReplicasFoundBySentinel
            | ErrorKind::Server(
                Server::BusyLoading
                | Server::ReadOnly
                | Server::MasterDown
                | Server::ClusterDown
                | Server::TryAgain
                | Server::Moved
                | Server::Ask,
            ) => Self::Unavailable(error),
            ErrorKind::Extension => Self::sort_code(what, error),
            // The client reports a connection that ended in the middle of an answer like this.
            ErrorKind::Parse if error.is_unrecoverable_error() => Self::Unavailable(error),
            _ => Self::Defect {
                what: what.to_owned(),
                cause: error,
            },
        }
    }

    /// An answer of another shape than its reader expects.
    pub(crate) fn shape(what: &str, error: redis::ParsingError) -> Self {
        Self::Defect {
            what: what.to_owned(),
            cause: error.into(),
        }
    }

    /// Codes that the client library does not know: the rest of Redis's own, then ours.
    fn sort_code(what: &str, error: RedisError) -> Self {
        match error.code().unwrap_or_default() {
            "OOM" => Self::Full(error),
            "BUSY" | "MISCONF" | "NOREPLICAS" | "UNBLOCKED" => Self::Unavailable(error),
            "WRONGTYPE" | "NOAUTH" | "WRONGPASS" | "NOPROTO" | "BUSYKEY" | "BUSYGROUP"
            | "NOGROUP" | "UNKILLABLE" | "EXECABORT" => Self::Defect {
                what: what.to_owned(),
                cause: error,
            },
            code => Self::Refused {
                code: code.to_owned(),
                text: error.detail().unwrap_or_default().to_owned(),
            },
        }
    }
}

/// For refusals that the wrapper of a script did not expect, and for everything that no handler
/// can do anything about.
impl From<LiveError> for Fault {
    fn from(error: LiveError) -> Self {
        match error {
            LiveError::Unavailable(_) | LiveError::Full(_) => Self::lost("redis", error),
            LiveError::Refused { .. } | LiveError::Defect { .. } => Self::internal(error),
        }
    }
}
