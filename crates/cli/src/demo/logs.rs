//! Where the services of a demo write: gone after a good run, kept after a bad
//! one.

use std::{cell::Cell, env, fs, path::PathBuf, process};

use crate::say::note;

/// The directory with settings and logs of the services.
#[derive(Debug)]
pub(crate) struct Logs {
    pub(crate) directory: PathBuf,
    keep: Cell<bool>,
}

impl Logs {
    /// In `directory`, or in one of its own.
    pub(crate) fn open(directory: Option<PathBuf>) -> Self {
        let keep = Cell::new(directory.is_some());
        let own = || env::temp_dir().join(format!("strowger-demo-{}", process::id()));
        Self {
            directory: directory.unwrap_or_else(own),
            keep,
        }
    }

    /// Keeps the logs if this went wrong, and says where they are.
    pub(crate) fn keep_if_failed<T>(&self, result: anyhow::Result<T>) -> anyhow::Result<T> {
        if result.is_err() {
            self.keep.set(true);
            note(format_args!(
                "the logs of the services are in {}",
                self.directory.display()
            ));
        }
        result
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        if !self.keep.get() {
            // A leftover in the temporary folder does no harm.
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}
