//! A server process that cannot outlive us.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::error::SandboxError;
use crate::home::Account;

const SCRIPT: &str = include_str!("keeper.sh");
const STOP_WITHIN: Duration = Duration::from_secs(20);
const POLL_EVERY: Duration = Duration::from_millis(10);

/// What to run, and how.
#[derive(Debug)]
pub struct Server<'a> {
    /// For messages: `Postgres` or `Redis`.
    pub name: &'static str,
    /// The binary.
    pub program: &'a Path,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// The signal that asks it to stop, e.g. `INT`.
    pub stop_signal: &'static str,
    /// Whom to run it as; `None` means as we are.
    pub account: Option<Account>,
}

/// A running server, ended when this is dropped or when our process dies.
#[derive(Debug)]
pub struct Keeper {
    name: &'static str,
    child: Child,
}

impl Keeper {
    /// Starts a server whose output goes to `log`.
    ///
    /// # Errors
    ///
    /// When it cannot be run at all; one that ends at once shows in [`Keeper::ended`].
    pub fn start(server: &Server<'_>, log: File) -> Result<Self, SandboxError> {
        let refused = SandboxError::io("run", server.program);
        let output = match log.try_clone() {
            Ok(output) => output,
            Err(source) => return Err(refused(source)),
        };
        let mut command = Command::new("sh");
        command
            .args(["-c", SCRIPT, "keeper.sh", server.stop_signal])
            .arg(server.program)
            .args(&server.arguments)
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(log)
            .current_dir("/")
            // A group of its own, so Ctrl-C in a terminal reaches us but not
            // the servers: our tests may still need them to finish.
            .process_group(0);
        if let Some(account) = server.account {
            command.uid(account.uid).gid(account.gid);
        }
        let child = command.spawn().map_err(refused)?;
        Ok(Self {
            name: server.name,
            child,
        })
    }

    /// Whether the server has ended by itself.
    pub fn ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Asks the server to stop, waits, and kills it when it takes too long.
    ///
    /// # Errors
    ///
    /// When it had to be killed.
    pub fn stop(&mut self) -> Result<(), SandboxError> {
        drop(self.child.stdin.take());
        let started = Instant::now();
        while started.elapsed() < STOP_WITHIN {
            if self.ended() {
                return Ok(());
            }
            sleep(POLL_EVERY);
        }
        self.kill_group();
        Err(SandboxError::Killed {
            server: self.name,
            seconds: STOP_WITHIN.as_secs(),
        })
    }
}

impl Keeper {
    /// Ends the server without notice, as a power cut would.
    pub fn kill(mut self) {
        self.kill_group();
    }

    /// Stops the server in its tracks. It does not end with us until it is thawed.
    pub fn freeze(&self) {
        self.signal_group(Signal::SIGSTOP);
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal_group(Signal::SIGCONT);
    }

    fn kill_group(&mut self) {
        self.signal_group(Signal::SIGKILL);
        let _ = self.child.wait();
    }

    fn signal_group(&self, signal: Signal) {
        if let Ok(group) = i32::try_from(self.child.id()) {
            // An error means that it has ended: there is nobody to tell.
            let _ = killpg(Pid::from_raw(group), signal);
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // Nobody is left to tell; the next start recovers.
        let _ = self.stop();
    }
}

/// The last line with something in it, for a message of one line.
#[must_use]
pub fn last_line(text: &str) -> String {
    text.lines()
        .map(str::trim)
        .rfind(|line| !line.is_empty())
        .unwrap_or("no output")
        .to_owned()
}
