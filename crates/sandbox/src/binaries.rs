//! Which server programs to run.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::SandboxError;
use crate::{Options, home, install};

/// Our scripts start with `#!lua`, which Redis understands from 7.0 on.
const OLDEST_REDIS: u32 = 7;
/// The oldest Postgres our migrations are tried on.
const OLDEST_POSTGRES: u32 = 15;

/// The programs of one Postgres installation.
#[derive(Debug, Clone)]
pub(crate) struct PostgresBinaries {
    pub(crate) postgres: PathBuf,
    pub(crate) initdb: PathBuf,
    /// The major version.
    pub(crate) major: u32,
}

/// Everything the sandbox runs.
#[derive(Debug, Clone)]
pub(crate) struct Binaries {
    pub(crate) postgres: PostgresBinaries,
    pub(crate) redis: PathBuf,
}

impl Binaries {
    /// Looks for both servers, and installs what is missing when allowed.
    pub(crate) fn find_or_install(options: &Options) -> Result<Self, SandboxError> {
        let (mut postgres, mut redis) = (find_postgres(), find_redis());
        for method in install::METHODS {
            if !options.install || (postgres.is_some() && redis.is_some()) {
                break;
            }
            let missing = install::Missing {
                postgres: postgres.is_none(),
                redis: redis.is_none(),
            };
            method(missing, options.progress);
            postgres = postgres.or_else(find_postgres);
            redis = redis.or_else(find_redis);
        }
        match (postgres, redis) {
            (Some(postgres), Some(redis)) => Ok(Self { postgres, redis }),
            (postgres, redis) => Err(install::Missing {
                postgres: postgres.is_none(),
                redis: redis.is_none(),
            }
            .into_error()),
        }
    }
}

/// The first Postgres that is new enough. `STROWGER_POSTGRES_BIN` names the
/// folder to use instead.
fn find_postgres() -> Option<PostgresBinaries> {
    let configured = env::var_os("STROWGER_POSTGRES_BIN").map(PathBuf::from);
    let folders = configured.map_or_else(postgres_folders, |folder| vec![folder]);
    folders.iter().find_map(|folder| {
        // A link on PATH points into the real installation, where initdb
        // expects its siblings.
        let postgres = folder.join("postgres").canonicalize().ok()?;
        let initdb = postgres.parent()?.join("initdb");
        let major = version(&postgres)?;
        (initdb.exists() && major >= OLDEST_POSTGRES).then_some(PostgresBinaries {
            postgres,
            initdb,
            major,
        })
    })
}

/// The first Redis (or Valkey) that is new enough. `STROWGER_REDIS_SERVER`
/// names the program to use instead.
fn find_redis() -> Option<PathBuf> {
    let configured = env::var_os("STROWGER_REDIS_SERVER").map(PathBuf::from);
    let programs = configured.map_or_else(redis_programs, |program| vec![program]);
    programs
        .into_iter()
        .find(|program| version(program).is_some_and(|major| major >= OLDEST_REDIS))
}

fn postgres_folders() -> Vec<PathBuf> {
    let mut folders = path_folders();
    folders.extend(children("/usr/lib/postgresql", "bin"));
    folders.extend(children("/opt/homebrew/opt", "bin"));
    folders.extend(children("/usr/local/opt", "bin"));
    folders
        .push(install::wheels_directory(&home::default_directory()).join(install::WHEEL_POSTGRES));
    folders
}

fn redis_programs() -> Vec<PathBuf> {
    let mut folders = path_folders();
    folders.push("/opt/homebrew/bin".into());
    folders.push("/usr/local/bin".into());
    let wheel = install::wheels_directory(&home::default_directory()).join(install::WHEEL_REDIS);
    folders.extend(children(wheel, ""));
    folders
        .iter()
        .flat_map(|folder| [folder.join("redis-server"), folder.join("valkey-server")])
        .collect()
}

fn path_folders() -> Vec<PathBuf> {
    env::var_os("PATH").map_or_else(Vec::new, |path| env::split_paths(&path).collect())
}

/// `parent/*/tail`, newest version last in name order, so first here.
fn children(parent: impl AsRef<Path>, tail: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    let mut found: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    found.sort();
    found.iter().rev().map(|folder| folder.join(tail)).collect()
}

/// The major version a program reports, or nothing when it does not run.
fn version(program: &Path) -> Option<u32> {
    let output = Command::new(program).arg("--version").output().ok()?;
    major(&String::from_utf8_lossy(&output.stdout))
}

/// Reads `postgres (PostgreSQL) 15.18 (Debian…)` and `Redis server v=7.0.15 …`.
fn major(text: &str) -> Option<u32> {
    text.split_whitespace()
        .map(|word| word.trim_start_matches("v="))
        .find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?
        .split(|other: char| !other.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn reads_the_major_version_of_every_server_we_know() {
        assert_eq!(
            major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"),
            Some(15)
        );
        assert_eq!(major("postgres (PostgreSQL) 19beta1"), Some(19));
        assert_eq!(
            major("Redis server v=7.0.15 sha=00000000:0 bits=64"),
            Some(7)
        );
        assert_eq!(major("Valkey server v=9.1.2 sha=00000000:0"), Some(9));
        assert_eq!(major(""), None);
    }
}
