//! Everything that can go wrong, each with the way out in the same line.

use std::{io, path::PathBuf};

/// Why the mesh could not start or stop.
#[derive(Debug, thiserror::Error)]
pub enum MeshError {
    /// A binary is not where it should be.
    #[error("{0} is not built; run: make build")]
    NotBuilt(PathBuf),
    /// The port is taken.
    #[error("port {0} is in use; free it or choose others with --first-port")]
    PortTaken(u16),
    /// A service ended or stayed silent instead of serving.
    #[error("{service} did not start: {detail}; the whole story is in {log}")]
    NotReady {
        /// Which.
        service: &'static str,
        /// The last line it wrote.
        detail: String,
        /// Its log.
        log: PathBuf,
    },
    /// A database could not be made.
    #[error("cannot make the database of {service}: {source}; check DATABASE_URL")]
    Database {
        /// Whose.
        service: &'static str,
        /// Why.
        source: store::provision::ProvisionError,
    },
    /// A service that is not part of this mesh.
    #[error("{0} has not been started")]
    NotStarted(&'static str),
    /// The kept secrets cannot be read.
    #[error("{path} cannot be read: {why}; move it away to start afresh")]
    Secrets {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The process could not be run or stopped.
    #[error(transparent)]
    Sandbox(#[from] sandbox::SandboxError),
    /// The operating system refused something.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// What it was tried on.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

impl MeshError {
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}
