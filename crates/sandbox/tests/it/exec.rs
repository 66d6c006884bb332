//! `sandbox exec`: what a command sees, and what its end does.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::machine::{eventually, listens};

fn exec(script: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sandbox"));
    command
        .args(["exec", "--", "sh", "-c", script])
        .env_remove("DATABASE_URL")
        .env_remove("REDIS_URL")
        .stdin(Stdio::null());
    command
}

/// A sandbox whose command sleeps until it is told otherwise.
struct Sleeping {
    sandbox: Child,
    command: Pid,
    urls: Vec<String>,
}

impl Sleeping {
    fn start() -> Self {
        let mut sandbox = exec("echo $$; echo $DATABASE_URL; echo $REDIS_URL; exec sleep 60")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(sandbox.stdout.take().unwrap());
        let mut lines = output.lines().map(Result::unwrap);
        Self {
            command: Pid::from_raw(lines.next().unwrap().parse().unwrap()),
            urls: lines.take(2).collect(),
            sandbox,
        }
    }

    fn signal(&self, signal: Signal) {
        let sandbox = Pid::from_raw(self.sandbox.id().try_into().unwrap());
        kill(sandbox, signal).unwrap();
    }

    fn servers_are_up(&self) -> bool {
        self.urls.iter().any(|url| listens(url))
    }
}

#[test]
fn the_exit_code_passes_through_and_the_servers_are_gone() {
    let output = exec("echo $DATABASE_URL; exit 42").output().unwrap();
    assert_eq!(output.status.code(), Some(42));
    let url = String::from_utf8(output.stdout).unwrap();
    assert!(url.starts_with("postgres://strowger:"), "{url}");
    assert!(!listens(url.trim()));
}

#[test]
fn with_both_variables_set_nothing_is_started() {
    let output = exec("echo $DATABASE_URL $REDIS_URL")
        .env("DATABASE_URL", "postgres://mine")
        .env("REDIS_URL", "redis://mine")
        // No server can be found, so starting one would fail.
        .env("STROWGER_POSTGRES_BIN", "/nonexistent")
        .output()
        .unwrap();
    assert_eq!(output.stdout, b"postgres://mine redis://mine\n");
}

#[test]
fn a_cargo_inside_sees_no_package_of_a_cargo_outside() {
    let output = exec("echo $CARGO_MANIFEST_DIR$CARGO_PKG_NAME$CARGO_TERM_COLOR")
        .env("DATABASE_URL", "set")
        .env("REDIS_URL", "set")
        .env("CARGO_MANIFEST_DIR", "/sandbox")
        .env("CARGO_PKG_NAME", "sandbox")
        .env("CARGO_TERM_COLOR", "never")
        .output()
        .unwrap();
    assert_eq!(output.stdout, b"never\n");
}

#[test]
fn a_variable_that_is_set_is_kept() {
    let output = exec("echo $REDIS_URL")
        .env("REDIS_URL", "redis://mine")
        .output()
        .unwrap();
    assert_eq!(output.stdout, b"redis://mine\n");
}

#[test]
fn a_command_that_does_not_exist_is_127() {
    let status = Command::new(env!("CARGO_BIN_EXE_sandbox"))
        .args(["exec", "--", "/nonexistent"])
        .env("DATABASE_URL", "set")
        .env("REDIS_URL", "set")
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(127));
}

#[test]
fn termination_reaches_the_command_and_stops_the_servers() {
    let mut sleeping = Sleeping::start();
    assert!(sleeping.servers_are_up());
    sleeping.signal(Signal::SIGTERM);
    let status = sleeping.sandbox.wait().unwrap();
    assert_eq!(status.code(), Some(128 + Signal::SIGTERM as i32));
    assert!(!sleeping.servers_are_up());
}

#[test]
fn the_servers_die_with_a_killed_sandbox() {
    let mut sleeping = Sleeping::start();
    sleeping.signal(Signal::SIGKILL);
    sleeping.sandbox.wait().unwrap();
    eventually("both servers stop", || !sleeping.servers_are_up());
    // The command itself lives on, as it would under any killed shell.
    kill(sleeping.command, Signal::SIGKILL).unwrap();
}
