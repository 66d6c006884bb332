//! One private Postgres.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::binaries::PostgresBinaries;
use crate::error::SandboxError;
use crate::home::Home;
use crate::keeper::{Keeper, Server, last_line};
use crate::{Durability, Options, orphan, port, secret};

const NAME: &str = "Postgres";
/// The superuser's name.
const USER: &str = "strowger";
/// Crash recovery of a kept directory may take a while.
const READY_WITHIN: Duration = Duration::from_secs(60);
const POLL_EVERY: Duration = Duration::from_millis(10);
/// How often another port is tried when somebody takes ours first.
const ATTEMPTS: usize = 3;
/// Enough for a test binary per core with a pool per test.
const MAX_CONNECTIONS: u32 = 400;

/// A running Postgres.
#[derive(Debug)]
pub(crate) struct Postgres {
    keeper: Keeper,
    port: u16,
    password: String,
}

impl Postgres {
    pub(crate) fn start(
        binaries: &PostgresBinaries,
        home: &Home,
        options: &Options,
    ) -> Result<Self, SandboxError> {
        let data = home.path().join("postgres");
        let password = Self::prepare(binaries, home, &data)?;
        let log = home.path().join("postgres.log");
        for _ in 0..ATTEMPTS {
            orphan::clear(NAME, &data.join("postmaster.pid"), &data)?;
            let port = port::free()?;
            let server = Server {
                name: NAME,
                program: &binaries.postgres,
                arguments: arguments(&data, port, options.durability),
                stop_signal: match options.durability {
                    // Immediate: the data is thrown away anyway.
                    Durability::Scratch => "QUIT",
                    // Fast: disconnect clients, then write a checkpoint.
                    Durability::Durable => "INT",
                },
                account: home.account(),
            };
            let mut keeper = Keeper::start(&server, home.log(&log)?)?;
            if wait_until_ready(&mut keeper, &data, port) {
                return Ok(Self {
                    keeper,
                    port,
                    password,
                });
            }
        }
        Err(SandboxError::NotReady {
            server: NAME,
            detail: last_line(&fs::read_to_string(&log).unwrap_or_default()),
            log,
        })
    }

    /// Makes the data directory if it is not there; returns the password.
    fn prepare(
        binaries: &PostgresBinaries,
        home: &Home,
        data: &Path,
    ) -> Result<String, SandboxError> {
        let secrets = home.private_directory("secrets")?;
        let password_file = secrets.join("postgres");
        if let Ok(found) = fs::read_to_string(data.join("PG_VERSION")) {
            if found.trim() != binaries.major.to_string() {
                return Err(SandboxError::OtherVersion {
                    directory: data.to_owned(),
                    found: found.trim().to_owned(),
                    installed: binaries.major,
                });
            }
            return fs::read_to_string(&password_file)
                .map_err(SandboxError::io("read", password_file));
        }
        let password = secret::random();
        home.write_private(&password_file, &password)?;
        initdb(binaries, home, data, &password_file)?;
        Ok(password)
    }

    pub(crate) fn url(&self, database: &str) -> String {
        let Self { port, password, .. } = self;
        format!("postgres://{USER}:{password}@127.0.0.1:{port}/{database}")
    }

    pub(crate) fn stop(&mut self) -> Result<(), SandboxError> {
        self.keeper.stop()
    }
}

/// Fills a folder beside the real one and renames it, so that an interrupted
/// `initdb` never looks like a database.
fn initdb(
    binaries: &PostgresBinaries,
    home: &Home,
    data: &Path,
    password_file: &Path,
) -> Result<(), SandboxError> {
    let unfinished = data.with_extension("unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(SandboxError::io("remove", &unfinished))?;
    }
    home.private_directory("postgres.unfinished")?;
    let mut command = Command::new(&binaries.initdb);
    command
        .args([
            "--username",
            USER,
            "--auth=scram-sha-256",
            "--encoding=UTF8",
        ])
        // The same order of text on every machine.
        .args(["--locale=C", "--no-sync", "--no-instructions"])
        .arg("--pwfile")
        .arg(password_file)
        .arg("--pgdata")
        .arg(&unfinished)
        .stdin(Stdio::null())
        .current_dir("/");
    if let Some(account) = home.account() {
        command.uid(account.uid).gid(account.gid);
    }
    let output = command
        .output()
        .map_err(SandboxError::io("run", &binaries.initdb))?;
    if !output.status.success() {
        return Err(SandboxError::Initdb {
            directory: data.to_owned(),
            detail: last_line(&String::from_utf8_lossy(&output.stderr)),
        });
    }
    fs::rename(&unfinished, data).map_err(SandboxError::io("rename", unfinished))
}

fn arguments(data: &Path, port: u16, durability: Durability) -> Vec<String> {
    let mut settings = vec![
        "listen_addresses=127.0.0.1".to_owned(),
        // A path there may be longer than a socket name allows.
        "unix_socket_directories=".to_owned(),
        format!("port={port}"),
        format!("max_connections={MAX_CONNECTIONS}"),
        // DROP DATABASE waits for a client that left in mid-handshake.
        "authentication_timeout=5s".to_owned(),
    ];
    if durability == Durability::Scratch {
        for setting in [
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
        ] {
            settings.push(setting.to_owned());
        }
    }
    let mut arguments = vec!["-D".to_owned(), data.display().to_string()];
    for setting in settings {
        arguments.extend(["-c".to_owned(), setting]);
    }
    arguments
}

fn wait_until_ready(keeper: &mut Keeper, data: &Path, port: u16) -> bool {
    let started = Instant::now();
    let pid_file: PathBuf = data.join("postmaster.pid");
    while started.elapsed() < READY_WITHIN && !keeper.ended() {
        if fs::read_to_string(&pid_file).is_ok_and(|text| says_ready(&text, port)) {
            return true;
        }
        sleep(POLL_EVERY);
    }
    false
}

/// `postmaster.pid` has the port on its fourth line and the state on its
/// eighth; `pg_ctl --wait` reads the same.
fn says_ready(pid_file: &str, port: u16) -> bool {
    let lines: Vec<_> = pid_file.lines().map(str::trim).collect();
    lines.get(3) == Some(&port.to_string().as_str()) && lines.get(7) == Some(&"ready")
}

#[cfg(test)]
mod tests {
    use super::says_ready;

    #[test]
    fn only_the_ready_line_of_our_own_port_counts() {
        let file = "12\n/data\n1700000000\n5433\n\n127.0.0.1\n  1 2\nready   \n";
        assert!(says_ready(file, 5433));
        assert!(!says_ready(file, 5434), "a stale file of an earlier run");
        assert!(!says_ready(&file.replace("ready   ", "starting"), 5433));
        assert!(!says_ready("12\n", 5433));
    }
}
