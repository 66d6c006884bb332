//! Running a command beside the servers.

use std::env;
use std::io::{self, IsTerminal};
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitCode, ExitStatus};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sandbox::{Options, Sandbox};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};

const DATABASE_URL: &str = "DATABASE_URL";
const REDIS_URL: &str = "REDIS_URL";
/// What a shell answers when it cannot start a command.
const CANNOT_RUN: u8 = 127;
/// EX_UNAVAILABLE of sysexits.h.
const UNAVAILABLE: u8 = 69;

/// Runs the command to its end; the servers stop after it.
pub(crate) async fn run(command: &[String]) -> ExitCode {
    let mut variables = Vec::new();
    let mut sandbox = None;
    if env::var_os(DATABASE_URL).is_none() || env::var_os(REDIS_URL).is_none() {
        match Sandbox::start(&Options::scratch()) {
            Ok(started) => {
                variables = missing_variables(&started);
                sandbox = Some(started);
            }
            Err(error) => return complain(&error.to_string(), UNAVAILABLE),
        }
    }
    let outcome = wait_for(command, variables).await;
    if let Some(Err(error)) = sandbox.map(Sandbox::stop) {
        complain(&error.to_string(), UNAVAILABLE);
    }
    match outcome {
        Ok(status) => exit_code(status),
        Err(error) => complain(
            &format!("cannot run {}: {error}", command.join(" ")),
            CANNOT_RUN,
        ),
    }
}

fn missing_variables(sandbox: &Sandbox) -> Vec<(&'static str, String)> {
    [
        (DATABASE_URL, sandbox.database_url("postgres")),
        (REDIS_URL, sandbox.redis_url()),
    ]
    .into_iter()
    .filter(|(name, _)| env::var_os(name).is_none())
    .collect()
}

async fn wait_for(
    command: &[String],
    variables: Vec<(&'static str, String)>,
) -> io::Result<ExitStatus> {
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut terminations = signal(SignalKind::terminate())?;
    let mut hangups = signal(SignalKind::hangup())?;
    let (program, arguments) = command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let mut command = Command::new(program);
    command.args(arguments).envs(variables);
    for (name, _) in env::vars_os() {
        if describes_our_package(&name.to_string_lossy()) {
            command.env_remove(name);
        }
    }
    let mut child = command.spawn()?;
    loop {
        tokio::select! {
            status = child.wait() => return status,
            _ = terminations.recv() => forward(&child, Signal::SIGTERM),
            _ = hangups.recv() => forward(&child, Signal::SIGHUP),
            // A terminal sends Ctrl-C to the whole group, the child included.
            _ = interrupts.recv() => if !io::stdin().is_terminal() {
                forward(&child, Signal::SIGINT);
            },
        }
    }
}

/// `cargo run` tells a program which package it is. A cargo that we run would
/// pass that on to build scripts, and those that watch it (ring's) would rebuild
/// half of the tree, and again when the next cargo runs without us.
fn describes_our_package(variable: &str) -> bool {
    [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
        "CARGO_PRIMARY_",
    ]
    .iter()
    .any(|prefix| variable.starts_with(prefix))
}

fn forward(child: &Child, signal: Signal) {
    if let Some(Ok(pid)) = child.id().map(i32::try_from) {
        // An error means it has just ended.
        let _ = kill(Pid::from_raw(pid), signal);
    }
}

/// The code a shell would report: a signal is 128 plus its number.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

#[expect(clippy::print_stderr, reason = "a command line tool speaks to people")]
fn complain(line: &str, code: u8) -> ExitCode {
    eprintln!("sandbox: {line}");
    ExitCode::from(code)
}
