use std::ffi::OsString;
use std::future::Future;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::config::{self, Sources};
use crate::flags::{Command, Flags};
use crate::service::BoxFuture;
use crate::signal::Signals;
use crate::{BoxError, Context, Error, Invalid, Service, Settings, start};

/// Bad usage or configuration, as in `sysexits.h`.
const EX_USAGE: u8 = 64;
/// For the last spans and metrics.
const FLUSH: Duration = Duration::from_secs(5);

type Migrate<C> = Box<dyn FnOnce(Arc<C>) -> BoxFuture<Result<(), BoxError>>>;

/// Runs a service without a database until it is told to stop.
pub fn run<C, B, F>(service: &'static str, build: B) -> ExitCode
where
    C: Settings,
    B: FnOnce(Context<C>) -> F + Send + 'static,
    F: Future<Output = Result<Service, BoxError>> + Send + 'static,
{
    program(service, build).run()
}

/// A service as a program.
pub fn program<C, B, F>(service: &'static str, build: B) -> Program<C, B>
where
    C: Settings,
    B: FnOnce(Context<C>) -> F + Send + 'static,
    F: Future<Output = Result<Service, BoxError>> + Send + 'static,
{
    Program {
        service,
        build,
        migrate: None,
    }
}

/// What `main` runs.
#[must_use = "call run()"]
pub struct Program<C, B> {
    service: &'static str,
    build: B,
    migrate: Option<Migrate<C>>,
}

impl<C, B, F> Program<C, B>
where
    C: Settings,
    B: FnOnce(Context<C>) -> F + Send + 'static,
    F: Future<Output = Result<Service, BoxError>> + Send + 'static,
{
    /// What the subcommand `migrate` does. It must be safe to run from several
    /// replicas at once.
    pub fn migrate<M, G>(mut self, migrate: M) -> Self
    where
        M: FnOnce(Arc<C>) -> G + 'static,
        G: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.migrate = Some(Box::new(|config| Box::pin(migrate(config))));
        self
    }

    /// Reads flags and settings, and runs until a signal or a failure.
    pub fn run(self) -> ExitCode {
        ExitCode::from(self.run_with(std::env::args_os()))
    }

    fn run_with(self, arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> u8 {
        // Before anything can open a TLS connection, which would panic.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let service = self.service;
        let flags = match parse(service, arguments) {
            Ok(flags) => flags,
            Err(code) => return code,
        };
        match self.enter(flags) {
            Ok(()) => 0,
            Err(error) => {
                complain(service, &error.to_string());
                if error.is_configuration() {
                    EX_USAGE
                } else {
                    1
                }
            }
        }
    }

    fn enter(self, flags: Flags) -> Result<(), Error> {
        let sources = Sources {
            file: flags.config,
            environment: None,
            overrides: flags.set,
        };
        let merged = config::merge::<C>(self.service, sources)?;
        if flags.print_config {
            let text = config::redacted(&merged)?;
            // Nobody reading any more, as in `| head`, is not a failure.
            let _ = std::io::stdout().write_all(text.as_bytes());
            return Ok(());
        }
        let config: C = config::read(merged)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::Build(error.into()))?;
        let done = runtime.block_on(async {
            let guard = telemetry::init(self.service, config.telemetry())?;
            let done = match flags.command {
                Some(Command::Migrate) => migrate(self.service, self.migrate, config).await,
                None => serve(self.service, self.build, config, flags.addr_file.as_deref()).await,
            };
            guard.flush(FLUSH).await;
            done
        });
        // Blocking work that ignores its deadline must not keep the process.
        runtime.shutdown_timeout(Duration::from_millis(100));
        done
    }
}

async fn migrate<C: Settings>(
    service: &'static str,
    migrate: Option<Migrate<C>>,
    config: C,
) -> Result<(), Error> {
    match migrate {
        Some(migrate) => migrate(Arc::new(config)).await.map_err(Error::Build),
        None => {
            tracing::info!(service, "there is no database to migrate");
            Ok(())
        }
    }
}

async fn serve<C, B, F>(
    service: &'static str,
    build: B,
    config: C,
    addr_file: Option<&Path>,
) -> Result<(), Error>
where
    C: Settings,
    B: FnOnce(Context<C>) -> F + Send + 'static,
    F: Future<Output = Result<Service, BoxError>> + Send + 'static,
{
    let mut signals = Signals::listen().map_err(|error| Error::Build(error.into()))?;
    let running = tokio::select! {
        running = start(service, config, build) => running?,
        // Told to stop while still connecting.
        () = signals.next() => return Ok(()),
    };
    if let Some(path) = addr_file {
        publish(path, running.addr)
            .map_err(|error| Invalid::new("--addr-file", format!("{}: {error}", path.display())))?;
    }
    let problem = tokio::select! {
        () = signals.next() => None,
        problem = running.broken() => Some(problem),
    };
    tokio::select! {
        stopped = running.shutdown() => stopped?,
        () = signals.next() => {
            return Err(Error::Build("stopped at once by a second signal".into()));
        }
    }
    match problem {
        Some(problem) => Err(Error::Build(problem.into())),
        None => Ok(()),
    }
}

/// Whole or not at all: a supervisor polls for this file.
fn publish(path: &Path, addr: SocketAddr) -> std::io::Result<()> {
    let draft = path.with_extension("partial");
    std::fs::write(&draft, format!("{addr}\n"))?;
    std::fs::rename(&draft, path)
}

fn parse(
    service: &'static str,
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<Flags, u8> {
    let parsed = Flags::command()
        .bin_name(format!("strowger-{service}"))
        .display_name(format!("strowger-{service}"))
        .try_get_matches_from(arguments)
        .and_then(|matches| Flags::from_arg_matches(&matches));
    parsed.map_err(|error| {
        if !error.use_stderr() {
            // --help and --version.
            let _ = error.print();
            return 0;
        }
        // clap explains over several lines; the first says what is wrong.
        let text = error.to_string();
        let line = text.lines().next().unwrap_or_default();
        complain(service, line.trim_start_matches("error: "));
        EX_USAGE
    })
}

/// One line on stderr, whatever the text.
fn complain(service: &str, text: &str) {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let _ = writeln!(std::io::stderr(), "strowger-{service}: {line}");
}

#[cfg(test)]
#[path = "program_tests.rs"]
mod tests;
