//! `sandbox exec -- COMMAND`: runs a command beside a private Postgres and Redis.

mod exec;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A private Postgres and Redis for one machine.
#[derive(Parser)]
#[command(name = "sandbox", version)]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run a command with DATABASE_URL and REDIS_URL set.
    ///
    /// Variables that are set already are kept; when both are, nothing is
    /// started. Signals and the exit code pass through.
    Exec {
        /// The command and its arguments.
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Task::Exec { command } = Arguments::parse().command;
    exec::run(&command).await
}
