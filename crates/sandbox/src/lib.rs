//! A private Postgres and Redis for one machine.
//!
//! Tests and `strowger up` need real back ends, and a newcomer has neither
//! Docker nor a database. This crate finds the servers on the machine, installs
//! them when it may, starts them on free loopback ports with random passwords
//! in a directory of its own, and stops them: on [`Sandbox::stop`], on drop,
//! and also when the owning process is killed (see `keeper`).
//!
//! It never touches a server it did not start, never listens beyond loopback,
//! and is not for production: there, the operator brings Postgres and Redis.
//!
//! Everything is blocking and free of async on purpose: call it from
//! `spawn_blocking`. To add another server, write a module like `redis` – find,
//! configure, start through [`keeper`], wait until it answers – and one line in
//! [`Sandbox::start`].

mod binaries;
mod error;
mod home;
mod install;
pub mod keeper;
mod orphan;
mod port;
mod postgres;
mod redis;
mod secret;

use std::path::PathBuf;

pub use error::SandboxError;
pub use home::{Account, default_directory};

use binaries::Binaries;
use home::Home;
use postgres::Postgres;
use redis::Redis;

/// Where the servers keep their files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A fresh temporary directory, removed at the end.
    Temporary,
    /// A directory that is kept, so the next start finds the same data.
    Kept(PathBuf),
}

/// What a power cut may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Nothing is synced: fastest, for tests that throw the data away.
    Scratch,
    /// Postgres syncs every commit, Redis its append-only file every second.
    Durable,
}

/// How to start a [`Sandbox`].
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the servers keep their files.
    pub place: Place,
    /// What a power cut may cost.
    pub durability: Durability,
    /// Whether missing servers may be installed.
    pub install: bool,
    /// Receives one line for every step that takes a person's time.
    pub progress: fn(&str),
}

impl Options {
    /// For tests: temporary and unsynced.
    #[must_use]
    pub fn scratch() -> Self {
        Self {
            place: Place::Temporary,
            durability: Durability::Scratch,
            install: true,
            progress: print_to_stderr,
        }
    }

    /// For `strowger up`: durable, and the data is there again next time.
    #[must_use]
    pub fn kept(directory: impl Into<PathBuf>) -> Self {
        Self {
            place: Place::Kept(directory.into()),
            durability: Durability::Durable,
            ..Self::scratch()
        }
    }
}

/// A running private Postgres and Redis. Dropping it stops both.
#[derive(Debug)]
pub struct Sandbox {
    // Fields drop in this order: the servers stop before their home goes.
    postgres: Postgres,
    redis: Redis,
    home: Home,
}

impl Sandbox {
    /// Starts both servers and returns once they answer.
    ///
    /// # Errors
    ///
    /// A [`SandboxError`] whose text is one line: what failed and what to do.
    pub fn start(options: &Options) -> Result<Self, SandboxError> {
        let binaries = Binaries::find_or_install(options)?;
        let home = Home::open(&options.place)?;
        let postgres = Postgres::start(&binaries.postgres, &home, options)?;
        let redis = Redis::start(&binaries.redis, &home, options)?;
        Ok(Self {
            postgres,
            redis,
            home,
        })
    }

    /// The superuser's URL of one database, e.g. `postgres` for maintenance.
    ///
    /// A superuser bypasses row-level security: create a role per service.
    #[must_use]
    pub fn database_url(&self, database: &str) -> String {
        self.postgres.url(database)
    }

    /// The URL of Redis, database 0, with its password.
    #[must_use]
    pub fn redis_url(&self) -> String {
        self.redis.url()
    }

    /// The directory with data and logs.
    #[must_use]
    pub fn directory(&self) -> &std::path::Path {
        self.home.path()
    }

    /// Stops both servers in order and waits for them.
    ///
    /// # Errors
    ///
    /// When a server had to be killed because it did not stop in time.
    pub fn stop(mut self) -> Result<(), SandboxError> {
        let redis = self.redis.stop();
        let postgres = self.postgres.stop();
        redis.and(postgres)
    }
}

#[expect(
    clippy::print_stderr,
    reason = "progress of a tool for people; a library user can pass another sink"
)]
fn print_to_stderr(line: &str) {
    eprintln!("sandbox: {line}");
}
