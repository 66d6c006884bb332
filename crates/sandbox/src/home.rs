//! The directory the servers live in, and the account they live under.

use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::unistd::{User, geteuid};

use crate::error::SandboxError;
use crate::{Place, secret};

const TEMPORARY_PREFIX: &str = "strowger-sandbox-";
/// A temporary directory this old without a live lock belongs to a killed run.
const ABANDONED_AFTER: Duration = Duration::from_secs(120);

/// An ordinary account for servers that refuse to run as root.
#[derive(Debug, Clone, Copy)]
pub struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Account {
    /// The account to switch to: nothing unless we are root.
    fn unprivileged() -> Result<Option<Self>, SandboxError> {
        if !geteuid().is_root() {
            return Ok(None);
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map(|user| {
                Some(Self {
                    uid: user.uid.as_raw(),
                    gid: user.gid.as_raw(),
                })
            })
            .ok_or(SandboxError::NoAccount)
    }
}

/// A directory held by this process alone.
#[derive(Debug)]
pub(crate) struct Home {
    path: PathBuf,
    temporary: bool,
    account: Option<Account>,
    _lock: Flock<File>,
}

impl Home {
    pub(crate) fn open(place: &Place) -> Result<Self, SandboxError> {
        let account = Account::unprivileged()?;
        let (path, temporary) = match place {
            Place::Kept(directory) => (directory.clone(), false),
            Place::Temporary => {
                sweep_abandoned();
                let name = format!("{TEMPORARY_PREFIX}{}", secret::random());
                (env::temp_dir().join(name), true)
            }
        };
        make_directory(&path, None, 0o755)?;
        let path = path
            .canonicalize()
            .map_err(SandboxError::io("open", &path))?;
        let lock = lock(&path)?;
        Ok(Self {
            path,
            temporary,
            account,
            _lock: lock,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn account(&self) -> Option<Account> {
        self.account
    }

    /// A folder only the servers' account may enter.
    pub(crate) fn private_directory(&self, name: &str) -> Result<PathBuf, SandboxError> {
        let path = self.path.join(name);
        make_directory(&path, self.account, 0o700)?;
        Ok(path)
    }

    /// Writes a file only the servers' account may read.
    pub(crate) fn write_private(&self, path: &Path, text: &str) -> Result<(), SandboxError> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)
            .map_err(SandboxError::io("create", path))?;
        file.write_all(text.as_bytes())
            .map_err(SandboxError::io("write", path))?;
        give(path, self.account)
    }

    /// A log file the servers append to.
    pub(crate) fn log(&self, path: &Path) -> Result<File, SandboxError> {
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
            .map_err(SandboxError::io("open", path))?;
        give(path, self.account)?;
        Ok(file)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.temporary {
            // A leftover is swept by a later run.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// `STROWGER_HOME`, or `.strowger` at the top of the workspace.
///
/// Postgres refuses root, so under root its files belong to another account. If
/// that account cannot reach the workspace (a clone in `/root`), the directory
/// moves to a fixed place under the system's temporary folder instead.
#[must_use]
pub fn default_directory() -> PathBuf {
    if let Some(configured) = env::var_os("STROWGER_HOME") {
        return configured.into();
    }
    let here = env::current_dir().unwrap_or_else(|_| env::temp_dir());
    let top = here
        .ancestors()
        .filter(|folder| folder.join("Cargo.lock").exists())
        .last()
        .unwrap_or(&here);
    if !geteuid().is_root() || reachable_by_others(top) {
        return top.join(".strowger");
    }
    let mut hasher = DefaultHasher::new();
    top.hash(&mut hasher);
    env::temp_dir().join(format!("strowger-{:016x}", hasher.finish()))
}

fn reachable_by_others(folder: &Path) -> bool {
    folder.ancestors().all(|ancestor| {
        fs::metadata(ancestor).is_ok_and(|found| found.permissions().mode() & 0o001 != 0)
    })
}

fn make_directory(path: &Path, owner: Option<Account>, mode: u32) -> Result<(), SandboxError> {
    DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path)
        .map_err(SandboxError::io("create", path))?;
    give(path, owner)
}

fn give(path: &Path, owner: Option<Account>) -> Result<(), SandboxError> {
    let Some(owner) = owner else { return Ok(()) };
    chown(path, Some(owner.uid), Some(owner.gid))
        .map_err(SandboxError::io("change the owner of", path))
}

/// Locks are the kernel's, so one of a killed process is never in the way.
fn lock(directory: &Path) -> Result<Flock<File>, SandboxError> {
    let path = directory.join("lock");
    let file = File::create(&path).map_err(SandboxError::io("create", &path))?;
    Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(_, errno)| match errno {
        Errno::EWOULDBLOCK => SandboxError::Busy {
            directory: directory.to_owned(),
        },
        other => SandboxError::io("lock", path)(other.into()),
    })
}

/// Removes temporary directories whose owner was killed before it could.
fn sweep_abandoned() {
    let Ok(entries) = fs::read_dir(env::temp_dir()) else {
        return;
    };
    for entry in entries.flatten() {
        let ours = entry
            .file_name()
            .to_string_lossy()
            .starts_with(TEMPORARY_PREFIX);
        let old = entry.metadata().is_ok_and(|found| {
            found.uid() == geteuid().as_raw()
                && found
                    .modified()
                    .ok()
                    .and_then(|at| at.elapsed().ok())
                    .is_some_and(|age| age > ABANDONED_AFTER)
        });
        if ours && old && lock(&entry.path()).is_ok() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
