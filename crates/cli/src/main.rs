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
mod say;
mod servers;
mod session;
mod stop;
mod table;
mod up;
mod work;

use std::{io::Write as _, process::ExitCode};

use clap::{Parser, Subcommand, error::ErrorKind};

/// `EX_USAGE` of sysexits.h.
const USAGE: u8 = 64;

/// Strowger: every call finds the right person.
#[derive(Debug, Parser)]
#[command(name = "strowger", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// The help of a command with flags is the comment of its `Args`.
#[derive(Debug, Subcommand)]
enum Command {
    Up(up::Args),
    Down(down::Args),
    Demo(demo::Args),
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
        Err(error) => return misused(&error),
    };
    match run(arguments.command).await {
        Ok(code) => code,
        Err(error) => {
            say::note(format_args!("strowger: {}", answer::one_line(&error)));
            ExitCode::FAILURE
        }
    }
}

/// Help is shown as it is; of a mistake, the first paragraph says what it was.
fn misused(error: &clap::Error) -> ExitCode {
    let text = error.to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            say::print(text);
            ExitCode::SUCCESS
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = write!(std::io::stderr(), "{text}");
            USAGE.into()
        }
        _ => {
            let mistake = text.split("\n\n").next().unwrap_or_default();
            let words: Vec<_> = mistake.split_whitespace().skip(1).collect();
            say::note(format_args!("strowger: {}; see --help", words.join(" ")));
            USAGE.into()
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
