//! Everything that can go wrong, each with the way out in the same line.

use std::io;
use std::path::PathBuf;

/// Why the sandbox could not start or stop.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A server is not on this machine and could not be installed.
    #[error("{missing} not found and not installable here; run: {remedy}")]
    Missing {
        /// The servers that are missing, in words.
        missing: String,
        /// One shell line that installs them.
        remedy: &'static str,
    },
    /// Another process uses the directory.
    #[error("another sandbox is using {directory}; stop it (`make down`) or set STROWGER_HOME")]
    Busy {
        /// The directory in question.
        directory: PathBuf,
    },
    /// The data was written by another major version.
    #[error(
        "{directory} holds data of Postgres {found}, this machine runs {installed}; \
         move the directory away to start afresh"
    )]
    OtherVersion {
        /// The data directory.
        directory: PathBuf,
        /// The major version that wrote it.
        found: String,
        /// The major version of the binary.
        installed: u32,
    },
    /// `initdb` failed.
    #[error("initdb failed: {detail}; free some disk space or move {directory} away")]
    Initdb {
        /// The data directory that was being made.
        directory: PathBuf,
        /// The last line `initdb` wrote.
        detail: String,
    },
    /// A server ended or stayed silent instead of answering.
    #[error("{server} did not start: {detail}; the whole story is in {log}")]
    NotReady {
        /// `Postgres` or `Redis`.
        server: &'static str,
        /// The last line of its log.
        detail: String,
        /// The log file.
        log: PathBuf,
    },
    /// A server of an earlier run is still alive and does not stop.
    #[error("{server} of an earlier run (process {pid}) does not stop; run: kill -9 {pid}")]
    Orphan {
        /// `Postgres` or `Redis`.
        server: &'static str,
        /// Its process id.
        pid: i32,
    },
    /// A server did not stop in time and was killed.
    #[error(
        "{server} did not stop within {seconds} s and was killed; its data recovers at the next start"
    )]
    Killed {
        /// `Postgres` or `Redis`.
        server: &'static str,
        /// How long it was given.
        seconds: u64,
    },
    /// Postgres refuses to run as root and no other account exists.
    #[error(
        "Postgres refuses to run as root and neither `postgres` nor `nobody` exists; run as a normal user"
    )]
    NoAccount,
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

impl SandboxError {
    /// Adapts an [`io::Error`]: `.map_err(SandboxError::io("write", path))`.
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
