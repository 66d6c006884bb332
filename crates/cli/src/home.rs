//! The directory of the mesh on this machine: who is using it, and what they
//! have to say about it.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{Read as _, Seek as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};
use mesh::Service;
use nix::{
    fcntl::{Flock, FlockArg},
    sys::signal::kill,
    unistd::Pid,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::{net::TcpStream, time::timeout};

use crate::session::Addresses;

/// Services get 20 s to finish what they are doing when they stop.
const SILENT_WITHIN: Duration = Duration::from_secs(25);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Where the private servers say who they are.
const SERVER_PIDS: [&str; 2] = ["postgres/postmaster.pid", "redis/redis.pid"];

/// Where `up` keeps everything: `STROWGER_HOME`, else `.strowger` at the top
/// of the workspace.
#[derive(Debug, Clone)]
pub(crate) struct Home(PathBuf);

/// What a running `up` says of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Running {
    /// Its process.
    pub(crate) pid: i32,
    /// Where the five services listen.
    pub(crate) services: Addresses,
    /// A superuser's URL of Postgres.
    pub(crate) postgres: String,
    /// The URL of Redis.
    pub(crate) redis: String,
    /// Whether Postgres and Redis are `up`'s own.
    pub(crate) private: bool,
}

/// How to sign in to the demo company.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Credentials {
    /// The company.
    pub(crate) account: String,
    /// The login of its owner.
    pub(crate) email: String,
    /// Their password.
    pub(crate) password: String,
}

/// The right to be the one `up` of a directory. The kernel takes it back when
/// its owner dies.
#[derive(Debug)]
pub(crate) struct Claim {
    home: Home,
    _lock: Flock<File>,
}

/// What stands in the way of a claim.
#[derive(Debug)]
pub(crate) enum Claimed {
    /// Nobody: it is ours.
    Ours(Claim),
    /// This process.
    Theirs(i32),
}

impl Home {
    pub(crate) fn here() -> Self {
        Self(sandbox::default_directory())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Where the mesh keeps settings, secrets and logs.
    pub(crate) fn mesh(&self) -> PathBuf {
        self.0.join("mesh")
    }

    /// What a detached `up` writes.
    pub(crate) fn log(&self) -> PathBuf {
        self.0.join("up.log")
    }

    /// Takes the directory, unless somebody has it.
    pub(crate) fn claim(&self) -> anyhow::Result<Claimed> {
        let made = DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(&self.0);
        made.with_context(|| format!("cannot create {}; set STROWGER_HOME", self.0.display()))?;
        let path = self.0.join("up.lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .with_context(|| format!("cannot open {}; set STROWGER_HOME", path.display()))?;
        match Flock::lock(file.try_clone()?, FlockArg::LockExclusiveNonblock) {
            Ok(mut lock) => {
                lock.set_len(0)?;
                lock.rewind()?;
                write!(lock, "{}", std::process::id())?;
                Ok(Claimed::Ours(Claim {
                    home: self.clone(),
                    _lock: lock,
                }))
            }
            Err((_, nix::errno::Errno::EWOULDBLOCK)) => {
                let mut pid = String::new();
                file.read_to_string(&mut pid)?;
                let pid = pid.trim().parse();
                Ok(Claimed::Theirs(
                    pid.context("up.lock names no process; try again")?,
                ))
            }
            Err((_, errno)) => bail!("cannot lock {}: {errno}", path.display()),
        }
    }

    /// The `up` that runs now, once it has come up.
    pub(crate) fn running(&self) -> anyhow::Result<Running> {
        let nothing = || {
            format!(
                "nothing runs in {}; run: strowger up (or name --address)",
                self.0.display()
            )
        };
        match self.claim()? {
            Claimed::Ours(_) => bail!(nothing()),
            Claimed::Theirs(_) => self
                .published()?
                .context("`strowger up` is still starting; try again in a moment"),
        }
    }

    /// What the latest `up` has said of itself, alive or not.
    pub(crate) fn published(&self) -> anyhow::Result<Option<Running>> {
        self.read("up.toml")
    }

    /// Returns once nothing lives any more of what dies with an `up`.
    pub(crate) async fn fall_silent(&self, crashed: &Running) -> anyhow::Result<()> {
        for service in Service::ALL {
            let address = crashed.services.get(service).trim_start_matches("http://");
            let silent = async {
                while TcpStream::connect(address).await.is_ok() {
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            };
            let silent = timeout(SILENT_WITHIN, silent).await;
            silent.with_context(|| format!("something still listens at {address}; stop it"))?;
        }
        let stopped = async {
            while crashed.private && SERVER_PIDS.iter().any(|file| self.lives(file)) {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        // A server that takes longer is waited for, and dealt with, by the next start.
        let _ = timeout(SILENT_WITHIN, stopped).await;
        Ok(())
    }

    /// Whether the process of a pid file lives; servers remove theirs when they
    /// stop, but not when they are killed.
    fn lives(&self, file: &str) -> bool {
        let text = fs::read_to_string(self.0.join(file)).unwrap_or_default();
        let pid = text
            .lines()
            .next()
            .and_then(|line| line.trim().parse().ok());
        pid.is_some_and(|pid| kill(Pid::from_raw(pid), None).is_ok())
    }

    /// How to sign in to the demo company; `None` before it was founded.
    pub(crate) fn credentials(&self) -> anyhow::Result<Option<Credentials>> {
        self.read("company.toml")
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> anyhow::Result<Option<T>> {
        let path = self.0.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => {
                let read = toml::from_str(&text);
                Ok(Some(read.with_context(|| {
                    format!("move {} away and try again", path.display())
                })?))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }
}

impl Claim {
    pub(crate) fn home(&self) -> &Home {
        &self.home
    }

    /// Whether the last `up` ended without saying good-bye.
    pub(crate) fn last_crashed(&self) -> anyhow::Result<Option<Running>> {
        self.home.published()
    }

    /// Tells others what runs here.
    pub(crate) fn publish(&self, running: &Running) -> anyhow::Result<()> {
        self.write("up.toml", running)
    }

    /// Keeps the way into the demo company.
    pub(crate) fn keep(&self, credentials: &Credentials) -> anyhow::Result<()> {
        self.write("company.toml", credentials)
    }

    /// Nothing runs here any more.
    pub(crate) fn retract(&self) -> anyhow::Result<()> {
        match fs::remove_file(self.home.0.join("up.toml")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Whole or not at all, and for the owner's eyes: both files have secrets.
    fn write<T: Serialize>(&self, name: &str, value: &T) -> anyhow::Result<()> {
        let path = self.home.0.join(name);
        let draft = path.with_extension("partial");
        let text = toml::to_string(value)?;
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .and_then(|()| fs::rename(&draft, &path))
            .with_context(|| format!("cannot write {}", path.display()))
    }
}
