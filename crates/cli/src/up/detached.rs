//! An `up` in the background.

use std::{
    fs::OpenOptions,
    os::unix::fs::OpenOptionsExt as _,
    process::{Command, ExitCode, Stdio},
    time::Duration,
};

use anyhow::{Context as _, bail};

use super::{Args, notice};
use crate::{
    home::Home,
    say::{note, say},
};

const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Starts ourselves again in the background and returns once the mesh is up.
pub(super) async fn leave_behind(home: &Home, args: &Args) -> anyhow::Result<ExitCode> {
    let path = home.log();
    let log = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        // It has the sign-in.
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args([
        "up",
        "--detached",
        "--first-port",
        &args.first_port.to_string(),
    ]);
    if let Some(collector) = &args.collector {
        command.args(["--collector", collector]);
    }
    let mut child = command
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .context("cannot start in the background")?;
    let pid = i32::try_from(child.id())?;
    note(format_args!(
        "starting in the background; the whole story is in {}",
        path.display()
    ));
    loop {
        if child.try_wait()?.is_some() {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let last = sandbox::keeper::last_line(&text);
            bail!("{}", last.strip_prefix("strowger: ").unwrap_or(&last));
        }
        if let Some(running) = home.published()?.filter(|running| running.pid == pid) {
            say(format_args!(
                "\nThe mesh is up; {} down stops it.",
                notice::program()
            ));
            notice::print(home, &running);
            return Ok(ExitCode::SUCCESS);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Leaves the session of the terminal, so that closing it does not reach us.
pub(super) fn leave_terminal() -> anyhow::Result<()> {
    nix::unistd::setsid().context("cannot leave the terminal")?;
    Ok(())
}
