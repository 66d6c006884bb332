//! `strowger`: the mesh on one machine, a demo of it, and questions to it.
//!
//! Owns the commands people type: one file each, with its flags, its help text
//! and its words. Everything it knows about calls it learns through the public
//! gRPC API, like any other client.
//!
//! Never decides anything about a call, and is not part of a running mesh: in
//! production nothing depends on it but `migrate`.
//!
//! To add a command: a module with `Args` and `run`, and a line in [`Command`].
//!
//! Exit codes: 0 done, 1 failed (one line on stderr says what and how to go
//! on), 2 the demo's report differs from what was played, 64 wrong usage.

mod access;
mod answer;
mod call;
mod demo;
mod down;
mod home;
mod load;
mod migrate;
mod servers;
mod session;
mod stop;
mod table;
mod up;
mod work;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// `EX_USAGE` of sysexits.h.
const USAGE: u8 = 64;

/// Strowger: every call finds the right person.
#[derive(Debug, Parser)]
#[command(name = "strowger", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the whole mesh on this machine and keep it up until Ctrl-C.
    Up(up::Args),
    /// Stop the mesh that `up` has started.
    Down(down::Args),
    /// Play a quarter of an hour of calls and compare the report with it.
    Demo(demo::Args),
    /// Bring the databases of identity, directory and reporting up to date.
    Migrate(migrate::Args),
    /// Ask about calls.
    #[command(subcommand)]
    Call(call::Command),
    /// Ask who may do what.
    #[command(subcommand)]
    Access(access::Command),
    /// Load the mesh that is up, and measure.
    #[command(subcommand)]
    Load(load::Command),
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nobody reading any more, as in `| head`, is not a failure.
            let _ = error.print();
            return if error.use_stderr() {
                USAGE.into()
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    match run(arguments.command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("strowger: {}", answer::one_line(&error));
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Up(args) => Box::pin(up::run(args)).await,
        Command::Down(args) => down::run(&args).await,
        Command::Demo(args) => Box::pin(demo::run(args)).await,
        Command::Migrate(args) => migrate::run(&args).await,
        Command::Call(command) => Box::pin(call::run(command)).await,
        Command::Access(command) => access::run(&command),
        Command::Load(command) => Box::pin(load::run(command)).await,
    }
}
