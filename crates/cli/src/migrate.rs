//! `strowger migrate`: the databases of identity, directory and reporting.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail, ensure};
use mesh::Service;
use sandbox::keeper::last_line;
use tokio::process::Command;

use crate::{home::Home, servers, work};

/// Bring the databases of identity, directory and reporting up to date.
///
/// Runs `migrate` of the three services, whose binaries lie beside this one.
/// Safe to repeat, and safe while replicas run. A service without a URL is
/// configured by its file in --config-dir, by its own STROWGER_… variables, or
/// by what the last `up` wrote.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Postgres of identity, postgres://user:password@host:port/database.
    #[arg(
        long,
        value_name = "URL",
        env = "STROWGER_IDENTITY__POSTGRES__URL",
        hide_env_values = true
    )]
    identity: Option<String>,
    /// Postgres of directory.
    #[arg(
        long,
        value_name = "URL",
        env = "STROWGER_DIRECTORY__POSTGRES__URL",
        hide_env_values = true
    )]
    directory: Option<String>,
    /// Postgres of reporting.
    #[arg(
        long,
        value_name = "URL",
        env = "STROWGER_REPORTING__POSTGRES__URL",
        hide_env_values = true
    )]
    reporting: Option<String>,
    /// Where identity.toml, directory.toml and reporting.toml are.
    #[arg(long, value_name = "DIR")]
    config_dir: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let binaries = servers::binaries()?;
    let files = args
        .config_dir
        .clone()
        .unwrap_or_else(|| Home::here().mesh());
    for (service, what, url) in [
        (Service::Identity, "migrating identity", &args.identity),
        (Service::Directory, "migrating directory", &args.directory),
        (Service::Reporting, "migrating reporting", &args.reporting),
    ] {
        let file = files.join(format!("{}.toml", service.name()));
        let file = file.is_file().then_some(file);
        work::step(
            what,
            migrate(&binaries, service, file.as_deref(), url.as_deref()),
        )
        .await?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn migrate(
    binaries: &Path,
    service: Service,
    file: Option<&Path>,
    url: Option<&str>,
) -> anyhow::Result<()> {
    let name = service.name();
    ensure!(
        file.is_some() || url.is_some(),
        "nobody says where the database of {name} is; give --{name} URL or --config-dir DIR"
    );
    let binary = binaries.join(name);
    let mut command = Command::new(&binary);
    if let Some(file) = file {
        command.arg("--config").arg(file);
    }
    if let Some(url) = url {
        // Not as an argument: anybody may read the arguments of a process.
        command.env(
            format!("STROWGER_{}__POSTGRES__URL", name.to_uppercase()),
            url,
        );
    }
    let output = command.arg("migrate").output().await;
    let output =
        output.with_context(|| format!("cannot run {}; run: make build", binary.display()))?;
    if !output.status.success() {
        bail!("{}", last_line(&String::from_utf8_lossy(&output.stderr)));
    }
    Ok(())
}
