//! Servers that outlived an earlier run.
//!
//! When a sandbox is killed, its servers stop by themselves a moment later. A
//! start right after must wait for that, and must not be fooled by a stale pid
//! file whose number now belongs to another program.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::error::SandboxError;

const STOP_WITHIN: Duration = Duration::from_secs(20);
const POLL_EVERY: Duration = Duration::from_millis(20);

/// Waits until no server lives in `directory` and clears its pid file.
pub(crate) fn clear(
    server: &'static str,
    pid_file: &Path,
    directory: &Path,
) -> Result<(), SandboxError> {
    let Some(pid) = read_pid(pid_file) else {
        return Ok(());
    };
    if lives_in(pid, directory) {
        // Harmless when it is stopping already.
        let _ = kill(Pid::from_raw(pid), Signal::SIGINT);
        let started = Instant::now();
        while lives_in(pid, directory) {
            if started.elapsed() > STOP_WITHIN {
                return Err(SandboxError::Orphan { server, pid });
            }
            sleep(POLL_EVERY);
        }
    }
    match fs::remove_file(pid_file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(SandboxError::io("remove", pid_file)(error))
        }
        _ => Ok(()),
    }
}

fn read_pid(pid_file: &Path) -> Option<i32> {
    let text = fs::read_to_string(pid_file).ok()?;
    text.lines().next()?.trim().parse().ok()
}

/// Both servers make their data folder the working directory, and no program
/// that merely inherited the process id does.
fn lives_in(pid: i32, directory: &Path) -> bool {
    if Path::new("/proc/self/cwd").exists() {
        return fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == directory);
    }
    let Ok(output) = Command::new("lsof")
        .args(["-a", "-d", "cwd", "-Fn", "-p", &pid.to_string()])
        .output()
    else {
        return false;
    };
    String::from_utf8_lossy(&output.stdout).lines().any(|line| {
        line.strip_prefix('n')
            .is_some_and(|cwd| Path::new(cwd) == directory)
    })
}
