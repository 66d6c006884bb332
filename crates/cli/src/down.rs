//! `strowger down`: stops what `up` has started.

use std::{process::ExitCode, time::Duration};

use anyhow::bail;
use nix::{
    errno::Errno,
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{
    home::{Claimed, Home},
    say::say,
    work,
};

/// Services get 20 s to finish what they are doing, one after the other.
const STOPS_WITHIN: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Stop the mesh that `up` has started, from any terminal.
///
/// Its data stays in .strowger (or STROWGER_HOME). After a crash of `up`, waits
/// for what it left behind. Ends with 0 when nothing runs, too.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) async fn run(_: &Args) -> anyhow::Result<ExitCode> {
    let home = Home::here();
    match home.claim()? {
        Claimed::Ours(claim) => match claim.last_crashed()? {
            Some(crashed) => {
                let silence = home.fall_silent(&crashed);
                work::step(
                    "waiting for what a crashed `up` left behind to end",
                    silence,
                )
                .await?;
                claim.retract()?;
                say(format_args!(
                    "the `up` of process {} had crashed; nothing runs any more",
                    crashed.pid
                ));
            }
            None => say(format_args!("nothing runs in {}", home.path().display())),
        },
        Claimed::Theirs(pid) => {
            match kill(Pid::from_raw(pid), Signal::SIGTERM) {
                // Gone in between is what we want.
                Ok(()) | Err(Errno::ESRCH) => {}
                Err(errno) => bail!("cannot stop process {pid}: {errno}; run: sudo kill {pid}"),
            }
            work::step("stopping the mesh", wait_for_end(&home, pid)).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn wait_for_end(home: &Home, pid: i32) -> anyhow::Result<()> {
    let ended = async {
        while matches!(home.claim()?, Claimed::Theirs(_)) {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        anyhow::Ok(())
    };
    match tokio::time::timeout(STOPS_WITHIN, ended).await {
        Ok(ended) => ended,
        Err(_) => bail!("process {pid} does not stop; run: kill -9 {pid}"),
    }
}
